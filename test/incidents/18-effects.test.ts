import { randomBytes, randomUUID } from 'node:crypto'
import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import {
  define, defineFlow, MemoryRunStore, MemorySignInStore, MemoryUserStore, passed, policy, prompt, refused, stage,
  StoreUnavailableError, type Definitions, type NewUser, type PlanView, type RunStore, type StageKind, type StageResult, type User
} from '../../plugins/index.js'
import { Sensitive } from '../../lib/context/sensitive.js'
import { buildApp, Client } from '../app.js'
import { SlowSerialisingStore } from '../e2e/session-store.js'
import { SharedRunStore } from '../e2e/shared-run-store.js'
import { OWN_KIND } from '../executor/own-stage.js'

const PROMPT = { component: 'ak-stage-prompt', username: 'eve' }

/** A kind whose effect and whose end the test holds in its hands. */
function mailKind (mail: (key: string) => Promise<void>, after: () => void): StageKind {
  return {
    kind: 'mail',
    model: 'test.mailstage',
    component: 'test-mail',
    formComponent: 'test-mail-form',
    verboseName: 'Mail',
    verboseNamePlural: 'Mails',
    options: Type.Object({}, { additionalProperties: false }),
    async enter (turn) {
      await turn.perform({ name: 'mail.send' }, mail)
      after()
      return passed()
    }
  }
}

/** An enrolment; with a kind, a stage of it follows the one that writes the user. */
function enrolment (kind?: StageKind): Definitions {
  const more = kind === undefined ? [] : [stage(kind, 'mail')]
  return define(defineFlow({
    slug: 'enrol',
    name: 'Enrol',
    title: 'Enrol',
    designation: 'enrollment',
    stages: [
      stage('prompt', 'ask', {
        fields: [
          prompt('username', { fieldKey: 'username', label: 'Username', type: 'username' }),
          prompt('password', { fieldKey: 'password', label: 'Password', type: 'password', required: false })
        ]
      }),
      stage('user_write', 'write'),
      ...more,
      stage('dummy', 'done')
    ]
  }))
}

/** Apps as several processes run them: with the stores in common, and nothing else. */
async function makeProcesses (
  t: Test, kind: StageKind | undefined, now: () => number,
  users = new MemoryUserStore({ groups: [], users: [], now, newId: randomUUID, randomBytes })
) {
  const definitions = enrolment(kind)
  const common = {
    users,
    runs: new SharedRunStore(now),
    signIns: new MemorySignInStore({ now }),
    sealKeys: [new Uint8Array(32)],
    now,
    ...kind === undefined ? {} : { stageKinds: [kind] }
  }
  const store = new SlowSerialisingStore(1)
  const start = async () => await buildApp(t, { definitions, planner: common, session: { store } })
  const processes = await Promise.all([start(), start(), start()])
  return { processes, users, runs: common.runs }
}

t.test('18: effects: one answer sent to three processes at once has its effects once', async (t) => {
  const { processes, users } = await makeProcesses(t, undefined, Date.now)
  for (let round = 0; round < 10; round += 1) {
    const client = new Client(processes[0]!)
    await client.get('enrol')
    const username = `eve-${round}`
    const answer = async (app: FastifyInstance) => await new Client(app, client.cookie).post('enrol', { ...PROMPT, username })
    const responses = await Promise.all(processes.map(answer))
    t.ok(responses.every(({ statusCode }) => statusCode === 200), responses.map(({ body }) => body).join('\n'))
    t.strictSame(new Set(responses.map(({ body }) => body)).size, 1, 'all get the same reply')
    t.equal((await client.inspect('enrol')).json().plans.length, 2)
    t.equal(users.find({ fields: ['username'], value: username, caseInsensitive: false })?.pk, round + 1, 'one user was made')
  }
})

t.test('18: effects: what has taken place before a fault is not had again', async (t) => {
  let mails = 0
  let faults = 2
  const kind = mailKind(async () => { mails += 1 }, () => {
    faults -= 1
    if (faults >= 0) throw new Error('after the effect')
  })
  const app = await buildApp(t, { definitions: enrolment(kind), planner: { stageKinds: [kind] } })
  const client = new Client(app)
  await client.get('enrol')
  for (const fault of ['first', 'second']) {
    t.match((await client.post('enrol', PROMPT)).json(), { component: 'ak-stage-flow-error' }, fault)
  }
  t.match((await client.post('enrol', PROMPT)).json(), { component: 'ak-stage-dummy' }, 'the run has gone on from the stage that failed')
  const { plans } = (await client.inspect('enrol')).json()
  t.strictSame(plans.map((plan: PlanView) => plan.current_stage.stage_obj.name), ['ask', 'write', 'mail'])
  t.equal(mails, 1)
})

t.test('18: effects: a process that died in the middle of one leaves the run to another, after a while, under the same key', async (t) => {
  let ahead = 0
  const keys: string[] = []
  let die = (): void => {}
  const dead = new Promise<void>((resolve) => { die = resolve })
  const kind = mailKind(async (key) => {
    keys.push(key)
    if (keys.length > 1) return
    die()
    await new Promise(() => {})
  }, () => {})
  const { processes } = await makeProcesses(t, kind, () => Date.now() + ahead)
  const [first, second] = processes.map((app) => new Client(app))
  await first!.get('enrol')
  second!.cookie = first!.cookie
  first!.post('enrol', PROMPT).catch(() => {})
  await dead
  const busy = await second!.post('enrol', PROMPT)
  t.equal(busy.statusCode, 503)
  t.equal(busy.headers['retry-after'], '1')
  t.match(busy.json(), { code: 'FST_FLOW_RUN_BUSY' })
  t.equal((await second!.get('enrol')).statusCode, 503)
  ahead += 15_000
  t.match((await second!.post('enrol', PROMPT)).json(), { component: 'ak-stage-dummy' })
  t.equal(keys.length, 2)
  t.equal(keys[0], keys[1])
})

t.test('18: effects: a run that is gone when its effect has taken place is a conflict, not a fault of the server', async (t) => {
  let forget = async (): Promise<void> => {}
  const { processes, runs } = await makeProcesses(t, mailKind(async () => await forget(), () => {}), Date.now)
  forget = async () => await runs.forgetAll()
  const client = new Client(processes[0]!)
  await client.get('enrol')
  const gone = await client.post('enrol', PROMPT)
  t.equal(gone.statusCode, 409)
  t.match(gone.json(), { code: 'FST_FLOW_RUN_CONFLICT' })
  t.match((await client.get('enrol')).json(), { component: 'ak-stage-prompt' }, 'the flow can be started again')
})

/** Users in a store that nobody hears of once it has made one: a process dies before it learns that its user is there. */
class DeadlyUsers extends MemoryUserStore {
  readonly made: Promise<void>
  #tell = (): void => {}
  #isDead = false

  constructor (now: () => number) {
    super({ groups: [], users: [], now, newId: randomUUID, randomBytes })
    this.made = new Promise((resolve) => { this.#tell = resolve })
  }

  override create (user: NewUser & { readonly password?: never }): User
  override create (user: NewUser): User | Promise<User>
  override create (user: NewUser): User | Promise<User> {
    return this.#isDead ? super.create(user) : this.#die(user)
  }

  async #die (user: NewUser): Promise<User> {
    this.#isDead = true
    await super.create(user)
    this.#tell()
    return await new Promise(() => {})
  }
}

t.test('18: effects: a user whose process died is whole, and does not stand in its own way', async (t) => {
  let ahead = 0
  const now = () => Date.now() + ahead
  const users = new DeadlyUsers(now)
  const { processes } = await makeProcesses(t, undefined, now, users)
  const [first, second] = processes.map((app) => new Client(app))
  await first!.get('enrol')
  second!.cookie = first!.cookie
  const answer = { ...PROMPT, password: 'open sesame, please' }
  first!.post('enrol', answer).catch(() => {})
  await users.made
  const eve = users.find({ fields: ['username'], value: 'eve', caseInsensitive: false })
  t.equal(await users.verifyPassword(eve, new Sensitive(answer.password)), true, 'the password came with the user')
  ahead += 15_000
  t.match((await second!.post('enrol', answer)).json(), { component: 'ak-stage-dummy' }, 'the same answer goes on')
  t.match((await second!.inspect('enrol')).json().current_plan.plan_context.pending_user, { pk: 1, username: 'eve' })
  t.equal(users.get(2), undefined, 'and has made nobody else')
})

t.test('18: effects: a turn that waits between two effects for longer than its claim lasts has no more once another has gone on', async (t) => {
  let ahead = 0
  const keys: string[] = []
  const kind = mailKind(async (key) => { keys.push(key) }, () => {})
  let isWaiting = (): void => {}
  let goOn = (): void => {}
  const waiting = new Promise<void>((resolve) => { isWaiting = resolve })
  const gate = new Promise<void>((resolve) => { goOn = resolve })
  let asked = 0
  const slow = async () => {
    asked += 1
    if (asked > 1) return true
    isWaiting()
    await gate
    return true
  }
  const definitions = define(defineFlow({
    slug: 'enrol',
    name: 'Enrol',
    title: 'Enrol',
    designation: 'stage_configuration',
    stages: [
      stage('dummy', 'first'),
      stage(kind, 'one mail'),
      {
        stage: stage(kind, 'another mail'),
        policies: [{ policy: policy('expression', 'slow', { expression: 'host' }), timeout: 60 }]
      },
      stage('dummy', 'done')
    ]
  }))
  const now = () => Date.now() + ahead
  const planner = { runs: new SharedRunStore(now), sealKeys: [new Uint8Array(32)], now, stageKinds: [kind], policies: { slow } }
  const session = { store: new SlowSerialisingStore(1) }
  const start = async () => await buildApp(t, { definitions, planner, session })
  const [one, other] = [await start(), await start()]
  const client = new Client(one)
  await client.get('enrol')
  const first = client.post('enrol', { component: 'ak-stage-dummy' })
  await waiting
  ahead += 15_001
  t.match((await new Client(other, client.cookie).get('enrol')).json(), { component: 'ak-stage-dummy', name: 'done' })
  goOn()
  t.match((await first).json(), { component: 'ak-stage-dummy', name: 'done' }, 'it shows where the other one has left the run')
  t.equal(keys.length, 2, 'each mail once')
  t.equal((await client.inspect('enrol')).json().plans.length, 3)
})

/** A kind that sends a mail to the address that it is given; the test decides whether it fails afterwards. */
function addressKind (send: (to: string) => void, after: () => void): StageKind {
  const { enter: _atOnce, ...kind } = mailKind(async () => {}, () => {})
  return {
    ...kind,
    answerSchema: Type.Object({ to: Type.String() }),
    async respond (turn, answer) {
      const to = String(answer['to'])
      await turn.perform({ name: 'mail.send' }, () => { send(to) })
      after()
      return passed()
    }
  }
}

t.test('18: effects: an answer that was corrected after a fault has its own effect, the same answer none', async (t) => {
  const mails: string[] = []
  let faults = 2
  const kind = addressKind((to) => mails.push(to), () => {
    faults -= 1
    if (faults >= 0) throw new Error('after the effect')
  })
  const app = await buildApp(t, { definitions: enrolment(kind), planner: { stageKinds: [kind] } })
  const client = new Client(app)
  await client.get('enrol')
  await client.post('enrol', PROMPT)
  const answer = async (to: string) => (await client.post('enrol', { component: 'test-mail', to })).json()
  t.match(await answer('a'), { component: 'ak-stage-flow-error' })
  t.match(await answer('a'), { component: 'ak-stage-flow-error' })
  t.match(await answer('b'), { component: 'ak-stage-dummy' })
  t.strictSame(mails, ['a', 'b'])
})

/** Sign-ins in a store that can be away. */
class SignInsAway extends MemorySignInStore {
  isAway = false

  override create (...args: Parameters<MemorySignInStore['create']>): void {
    if (this.isAway) throw new StoreUnavailableError('the sign-ins are away')
    super.create(...args)
  }
}

/** Where runs are: in one process, and as several share them. */
const RUNS = [{}, { runs: new SharedRunStore(), sealKeys: [new Uint8Array(32)] }]

for (const runs of RUNS) {
  t.test(`18: effects: a store that is away after some of them: who tries again does not have them twice, ${Object.keys(runs).join()}`, async (t) => {
    let mails = 0
    const kind = mailKind(async () => { mails += 1 }, () => {})
    const definitions = define(defineFlow({
      slug: 'enrol',
      name: 'Enrol',
      title: 'Enrol',
      designation: 'enrollment',
      stages: [
        stage('prompt', 'ask', { fields: [prompt('username', { fieldKey: 'username', label: 'Username', type: 'username' })] }),
        stage('user_write', 'write'), stage(kind, 'mail'), stage('user_login', 'login')
      ]
    }))
    const signIns = new SignInsAway({ now: Date.now })
    const users = new MemoryUserStore({ groups: [], users: [], now: Date.now, newId: randomUUID, randomBytes })
    const app = await buildApp(t, {
      definitions,
      planner: { users, signIns, stageKinds: [kind], ...runs },
      routes: (app) => { app.get('/who', async (request) => ({ user: request.flowUser?.username ?? null })) }
    })
    const client = new Client(app)
    await client.get('enrol')
    signIns.isAway = true
    t.match(await client.post('enrol', PROMPT), { statusCode: 503, headers: { 'retry-after': '1' } })
    t.equal((await client.request('GET', '/who')).json().user, null)
    signIns.isAway = false
    t.match(await client.post('enrol', PROMPT), { statusCode: 200 })
    t.equal((await client.request('GET', '/who')).json().user, 'eve')
    t.equal(mails, 1)
    t.equal(users.get(2), undefined)
    const { plans } = (await client.inspect('enrol')).json()
    t.strictSame(plans.map((plan: PlanView) => plan.current_stage.stage_obj.name), ['ask', 'write', 'mail', 'login'])
  })
}

/** Answers with an effect; what follows it the test says. */
function answeredMail (t: Test, after: (scratch: Record<string, unknown>) => StageResult, then: StageKind, runs: object) {
  let mails = 0
  const kind: StageKind = {
    ...addressKind(() => {}, () => {}),
    async respond ({ perform, scratch }) {
      await perform({ name: 'mail.send' }, () => { mails += 1 })
      return after(scratch)
    }
  }
  const definitions = define(defineFlow({
    slug: 'walk', name: 'Walk', title: 'Walk', designation: 'stage_configuration', stages: [stage(kind, 'mail'), stage(then, 'behind')]
  }))
  const begin = async (): Promise<Client> => {
    const client = new Client(await buildApp(t, { definitions, planner: { stageKinds: [kind, then], ...runs } }))
    await client.get('walk')
    return client
  }
  return { begin, mails: () => mails }
}

const MAIL = { component: 'test-mail', to: 'a' }
const SILENT: StageKind = { ...OWN_KIND, enter: () => undefined }
const ASKING: StageKind = { ...OWN_KIND, respond: () => passed() }

/** Says no, and keeps in its memory what is no JSON. */
function refuseForgetfully (scratch: Record<string, unknown>): StageResult {
  scratch['count'] = 1n
  return refused('Once more.')
}

for (const runs of RUNS) {
  t.test(`18: effects: a stage with neither challenge nor result, or with a memory that is no JSON, is a fault, ${Object.keys(runs).join()}`, async (t) => {
    for (const after of [() => passed(), refuseForgetfully]) {
      const { begin, mails } = answeredMail(t, after, SILENT, runs)
      const client = await begin()
      for (const time of ['first', 'second', 'third']) {
        const fault = await client.post('walk', MAIL)
        t.equal(fault.statusCode, 200, time)
        t.match(fault.json(), { component: 'ak-stage-flow-error' }, time)
      }
      t.equal(mails(), 1)
    }
  })
}

/** A store that fails once, the first time that it is told to: not as one that is away, but by an error of its own. */
const failingOnce = (store: RunStore) => {
  let times = 0
  let fails = false
  const failing: RunStore = {
    shared: store.shared,
    load: (id) => store.load(id),
    create: (id, state) => store.create(id, state),
    compareAndSet: (id, revision, state) => {
      if (!fails) return store.compareAndSet(id, revision, state)
      fails = false
      throw new Error('a fault of the store')
    },
    delete: (id) => store.delete(id)
  }
  return { runs: failing, fail: () => { fails = ++times === 1 } }
}

for (const store of [new MemoryRunStore({ now: Date.now }), new SharedRunStore()]) {
  t.test(`18: effects: an error after one: who tries again does not have it twice, and need not wait, ${store.constructor.name}`, async (t) => {
    const { runs, fail } = failingOnce(store)
    const after = () => {
      fail()
      return passed()
    }
    const { begin, mails } = answeredMail(t, after, ASKING, { runs, sealKeys: [new Uint8Array(32)] })
    const client = await begin()
    t.equal((await client.post('walk', MAIL)).statusCode, 500)
    t.match((await client.get('walk')).json(), { component: store.shared ? 'test-mail' : 'test-own' })
    t.match(await client.post('walk', store.shared ? MAIL : { component: 'test-own' }), { statusCode: 200 })
    t.equal(mails(), 1)
  })
}

for (const runs of RUNS) {
  t.test(`18: effects: a flow that fails at its start after one goes on from there, ${Object.keys(runs).join()}`, async (t) => {
    for (const names of [['mail that fails'], ['mail', 'fails']]) {
      let mails = 0
      let faults = 2
      const fail = () => {
        faults -= 1
        if (faults >= 0) throw new Error('after the effect')
      }
      const kinds = [
        { ...mailKind(async () => { mails += 1 }, fail), kind: 'mail that fails' }, mailKind(async () => { mails += 1 }, () => {}),
        { ...OWN_KIND, kind: 'fails', enter: () => { fail(); return passed() } }
      ]
      const stages = names.map((name) => stage(kinds.find(({ kind }) => kind === name) ?? kinds[0]!, name))
      const definitions = define(defineFlow({
        slug: 'walk', name: 'Walk', title: 'Walk', designation: 'stage_configuration', stages: [...stages, stage('dummy', 'done')]
      }))
      const client = new Client(await buildApp(t, { definitions, planner: { stageKinds: kinds, ...runs } }))
      for (const time of ['first', 'second']) t.match((await client.get('walk')).json(), { component: 'ak-stage-flow-error' }, time)
      t.match((await client.get('walk')).json(), { component: 'ak-stage-dummy' })
      t.equal(mails, 1, names.join())
      t.equal((await client.inspect('walk')).json().plans.length, names.length)
    }
  })
}
