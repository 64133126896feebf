import t, { type Test } from 'tap'
import {
  define, defineFlow, MemorySignInStore, passed, policy, prompt, stage, switched,
  type FlowPlannerOptions, type PlanView, type RunStore, type StageEntry, type StageKind
} from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { RememberingRunStore } from '../e2e/remembering-run-store.js'
import { SlowSerialisingStore } from '../e2e/session-store.js'
import { SharedRunStore } from '../e2e/shared-run-store.js'
import { FakeUsers, makeUser } from '../fake-users.js'
import { dummies } from '../flows.js'
import { OWN_KIND } from './own-stage.js'

const DUMMY = { component: 'ak-stage-dummy' }
const OWN = { component: 'test-own' }
const PROMPT = { component: 'ak-stage-prompt' }

/** A kind whose answer the test judges. */
const judgedBy = (respond: Exclude<StageKind['respond'], undefined>): StageKind => ({ ...OWN_KIND, challenge: () => ({}), respond })

const asking = (name: string, fieldKey: string): StageEntry =>
  stage('prompt', name, { fields: [prompt(`${name}-${fieldKey}`, { fieldKey, label: fieldKey, type: 'text', required: true })] })

/** Two processes of one browser that remember what they have written last; it is told the other one's cookie as it goes there. */
async function twoProcesses (
  t: Test, kind?: StageKind, stages: readonly StageEntry[] = [], planner: Partial<FlowPlannerOptions> = {}
) {
  const runs = new SharedRunStore()
  const views = [new RememberingRunStore(runs), new RememberingRunStore(runs)] as const
  const flow = (slug: string, designation: 'authentication' | 'stage_configuration', entries: readonly StageEntry[]) =>
    defineFlow({ slug, name: slug, title: slug, designation, stages: entries })
  const users = new FakeUsers([makeUser({ pk: 1, username: 'ada' })], { ada: 'open sesame' })
  const common = {
    users,
    signIns: new MemorySignInStore({ now: Date.now }),
    sealKeys: [new Uint8Array(32)],
    ...kind === undefined ? {} : { stageKinds: [kind] },
    ...planner
  }
  const store = new SlowSerialisingStore(1)
  const definitions = define(
    dummies('walk', 'one', 'two', 'three', 'four'),
    flow('sign-in', 'authentication', [
      stage('identification', 'who', { userFields: ['username'] }), stage('password', 'password'), stage('user_login', 'login')
    ]),
    flow('ask', 'stage_configuration', [asking('ask-one', 'a'), asking('ask-two', 'b'), stage('dummy', 'ask-end')]),
    ...stages.length === 0 ? [] : [flow('own', 'stage_configuration', stages)])
  const [first, second] = await Promise.all(views.map(async (view) =>
    await buildApp(t, { definitions, planner: { ...common, runs: view }, session: { store } })))
  if (first === undefined || second === undefined) throw new Error('there are two')
  const here = new Client(first)
  const there = new Client(second)
  /** The same browser, at the other process. */
  const elsewhere = (): Client => {
    there.cookie = here.cookie
    return there
  }
  return { here, elsewhere, view: views[0], runs, users, store }
}

const passedStages = async (client: Client, slug: string): Promise<string[]> =>
  (await client.inspect(slug)).json().plans.map((plan: PlanView) => plan.current_stage.stage_obj.name)

t.test('recalled run: who goes on where they were is answered without a look at the run', async (t) => {
  const { here, view } = await twoProcesses(t)
  await here.get('walk')
  const before = view.loads
  for (const name of ['walk two', 'walk three', 'walk four']) t.match((await here.post('walk', DUMMY)).json(), { name })
  t.match((await here.post('walk', DUMMY)).json(), { component: 'xak-flow-redirect' })
  t.equal(view.loads, before)
})

t.test('recalled run: what another process has moved on is answered where it stands', async (t) => {
  const { here, elsewhere } = await twoProcesses(t)
  await here.get('walk')
  t.match((await elsewhere().post('walk', DUMMY)).json(), { name: 'walk two' })
  const gone = await here.post('walk', DUMMY)
  t.equal(gone.statusCode, 200, 'it answers what was shown last, so it is not late')
  t.match(gone.json(), { name: 'walk three' })
  t.match((await elsewhere().post('walk', DUMMY)).json(), { name: 'walk four' })
  t.same(await passedStages(here, 'walk'), ['walk one', 'walk two', 'walk three'])
})

t.test('recalled run: an answer that moves nothing is shown where the run stands', async (t) => {
  const { here, elsewhere } = await twoProcesses(t)
  const shown = (await here.get('walk')).json()
  await elsewhere().post('walk', DUMMY)
  t.match((await here.post('walk', { component: 'ak-stage-prompt' })), { statusCode: 409 })
  t.match((await here.post('walk', {})).json(), { name: 'walk two', response_errors: { component: [{ code: 'required' }] } })
  const late = await here.post('walk', { ...DUMMY, step_token: shown.flow_info.step_token })
  t.equal(late.statusCode, 409, 'the token is of the challenge before')
  t.match(late.json(), { name: 'walk two' })
})

t.test('recalled run: what another process has ended is not begun again by an answer to it', async (t) => {
  const { here, elsewhere } = await twoProcesses(t)
  await here.get('walk')
  await elsewhere().request('GET', '/flows/-/cancel/')
  t.match(await here.post('walk', DUMMY), { statusCode: 409 })
  t.match((await here.post('walk', DUMMY)).json(), { name: 'walk one', response_errors: { non_field_errors: [{ code: 'restarted' }] } })
})

t.test('recalled run: what is cancelled while an answer to it is judged stays cancelled', async (t) => {
  let go = (): void => {}
  let asked = (): void => {}
  const isAsked = new Promise<void>((resolve) => { asked = resolve })
  const held = new Promise<boolean>((resolve) => { go = () => resolve(true) })
  const guard = policy('expression', 'guard', { expression: 'held' })
  const { here } = await twoProcesses(t, undefined, [stage('dummy', 'one'), { stage: stage('dummy', 'two'), policies: [guard] }], {
    policies: {
      guard: async () => {
        asked()
        return await held
      }
    }
  })
  await here.get('own')
  const answering = here.post('own', DUMMY)
  await isAsked
  await here.request('GET', '/flows/-/cancel/')
  go()
  t.match(await answering, { statusCode: 409 })
  t.match((await here.post('own', DUMMY)).json(), { response_errors: { non_field_errors: [{ code: 'restarted' }] } }, 'it is over')
})

t.test('recalled run: another run in its place, at the same revision, is not taken for it', async (t) => {
  const { here, elsewhere, runs } = await twoProcesses(t)
  await here.get('ask')
  await here.post('ask', { ...PROMPT, a: 'x' })
  t.same(await passedStages(here, 'ask'), ['ask-one'])
  await runs.forgetAll()
  await elsewhere().get('ask')
  await elsewhere().post('ask', { ...PROMPT })
  await here.post('ask', { ...PROMPT, a: 'x', b: 'x' })
  t.same(await passedStages(here, 'ask'), ['ask-one'], 'the first stage has passed, and not the second')
})

t.test('recalled run: a late answer is none to the run that another flow has put in its place', async (t) => {
  const kind = judgedBy(() => switched('walk', false))
  const { here, store } = await twoProcesses(t, kind, [stage(kind, 'one')])
  const url = await here.app.listen({ port: 0, host: '127.0.0.1' })
  await here.get('walk')
  await here.get('own')
  const post = async (slug: string, body: object) => await fetch(`${url}/api/v3/flows/executor/${slug}/?query=`, {
    method: 'POST', headers: { 'content-type': 'application/json', cookie: `sessionId=${here.cookie}` }, body: JSON.stringify(body)
  })
  const { get } = store
  let goOn = (): void => {}
  const isWaiting = new Promise<void>((resolve) => {
    store.get = (id, callback) => {
      goOn = () => get(id, callback)
      store.get = get
      resolve()
    }
  })
  const late = post('walk', DUMMY)
  await isWaiting
  t.equal((await post('own', OWN)).status, 200)
  goOn()
  t.equal((await late).status, 409)
})

t.test('recalled run: an effect takes place once, by the run as it is', async (t) => {
  const { here, elsewhere, users } = await twoProcesses(t, undefined, [
    stage('prompt', 'name', { fields: [prompt('username', { fieldKey: 'username', label: 'Username', type: 'username' })] }),
    stage('user_write', 'write'),
    stage('dummy', 'end')
  ])
  let created = 0
  const create = users.create.bind(users)
  users.create = (user) => {
    created += 1
    return create(user)
  }
  await here.get('own')
  await elsewhere().post('own', { ...PROMPT, username: 'eve' })
  t.equal(created, 1)
  t.equal((await here.post('own', { ...PROMPT, username: 'eva' })).statusCode, 409)
  t.equal(created, 1)
})

t.test('recalled run: a refusal is of the stage that the run is at', async (t) => {
  const { here, elsewhere } = await twoProcesses(t)
  await here.get('ask')
  await elsewhere().post('ask', { ...PROMPT, a: 'x' })
  t.match((await here.post('ask', { ...PROMPT, a: 'x' })).json(), { response_errors: { b: [{ code: 'required' }] } })
})

t.test("recalled run: a host's own stage judges an answer once, by the run as it is", async (t) => {
  const judged: string[] = []
  const kind = judgedBy(({ stage }) => {
    judged.push(stage.name)
    return passed()
  })
  const { here, elsewhere } = await twoProcesses(t, kind, [stage(kind, 'one'), stage(kind, 'two'), stage('dummy', 'end')])
  await here.get('own')
  await elsewhere().post('own', OWN)
  t.match((await here.post('own', OWN)).json(), { component: 'ak-stage-dummy' })
  t.same(judged, ['one', 'two'])
})

t.test('run of several processes: of two that are sent one answer, one begins the flow that its stage goes on with', async (t) => {
  const begun: string[] = []
  const kind = judgedBy(() => switched('next', false))
  const flow = (slug: string, entry: StageEntry) =>
    defineFlow({ slug, name: slug, title: slug, designation: 'stage_configuration', stages: [entry] })
  const shared = new SharedRunStore()
  const runs: RunStore = {
    shared: true,
    load: (id) => shared.load(id),
    create (id, state) {
      if (state.flow === 'next') begun.push(state.id)
      return shared.create(id, state)
    },
    compareAndSet (id, revision, state) {
      if (state.flow === 'next') begun.push(state.id)
      return shared.compareAndSet(id, revision, state)
    },
    delete: (id) => shared.delete(id)
  }
  const store = new SlowSerialisingStore(1)
  const definitions = define(flow('walk', stage(kind, 'one')), flow('next', stage('dummy', 'there')))
  const planner = { runs, stageKinds: [kind], sealKeys: [new Uint8Array(32)] }
  const [first, second] = await Promise.all(
    [1, 2].map(async () => await buildApp(t, { definitions, planner, session: { store } })))
  if (first === undefined || second === undefined) throw new Error('there are two')
  const client = new Client(first)
  await client.get('walk')
  const replies = await Promise.all([client, new Client(second, client.cookie)].map(async (one) => await one.post('walk', OWN)))
  const statuses = replies.map(({ statusCode }) => statusCode)
  t.ok(statuses.includes(200) && statuses.every((status) => status === 200 || status === 409), 'whoever was outrun is told so')
  t.equal(begun.length, 1)
})

t.test('recalled run: a guess is judged by the run as it is, and once', async (t) => {
  const { here, view, users } = await twoProcesses(t)
  await here.get('sign-in')
  const before = view.loads
  await here.post('sign-in', { component: 'ak-stage-identification', uid_field: 'ada' })
  let judged = 0
  const verify = users.verifyPassword.bind(users)
  users.verifyPassword = async (user, password) => {
    judged += 1
    return await verify(user, password)
  }
  t.ok(view.loads > before, 'naming somebody is a guess')
  await here.post('sign-in', { component: 'ak-stage-password', password: 'wrong' })
  t.match((await here.post('sign-in', { component: 'ak-stage-password', password: 'open sesame' })).json(), { component: 'xak-flow-redirect' })
  t.equal(judged, 2)
})
