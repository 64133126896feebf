import { Value } from '@sinclair/typebox/value'
import { Type } from '@sinclair/typebox'
import t from 'tap'
import {
  builtInStageKinds, createDefine, define, defineFlow, group, passed, policy, prompt, SimulationBodySchema, stage, user,
  type AttemptAnswer, type AttemptStore, type Effect, type PolicyRequest, type ReputationStore,
  type RunState, type RunStore, type SignInRecord, type SignInStore, type StageKind, type StoredRun
} from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { SlowSerialisingStore } from '../e2e/session-store.js'
import { FakeUsers, makeUser } from '../fake-users.js'
import { PASSWORD, signInAndOut } from '../flows.js'

const staff = group('staff')

/** Enrolment with everything that has an effect: a new user, a group, a password, an authenticator app, codes, a sign-in. */
const enrolment = define(staff, defineFlow({
  slug: 'enrolment',
  name: 'Enrolment',
  title: 'Welcome',
  designation: 'enrollment',
  policies: [policy('expression', 'open', { expression: 'host' })],
  stages: [
    stage('prompt', 'about you', {
      fields: [
        prompt('name', { fieldKey: 'username', label: 'Name', type: 'username' }),
        prompt('mail', { fieldKey: 'email', label: 'Mail', type: 'email' }),
        prompt('password', { fieldKey: 'password', label: 'Password', type: 'password' }),
        prompt('again', { fieldKey: 'password_repeat', label: 'Again', type: 'password' })
      ]
    }),
    stage('user_write', 'write', { createUsersGroup: staff }),
    stage('authenticator_totp', 'app', { digits: 6 }),
    stage('authenticator_static', 'codes'),
    stage('consent', 'consent', { mode: 'permanent' }),
    { stage: stage('password', 'password'), policies: [policy('expression', 'again', { expression: 'host' })] },
    stage('authenticator_validate', 'second'),
    stage('user_login', 'login')
  ]
}))

const right = { stand_in: 'right' }
const answers = [
  { username: 'nina', email: 'nina@example.com', password: right, password_repeat: right },
  { code: { stand_in: 'wrong' } }, { code: right }, {}, { token: right }, { password: right }, { code: right }
]

class Reputation implements ReputationStore {
  readonly changes: unknown[] = []
  adjust (...change: readonly unknown[]): void { this.changes.push(change) }
  score (): number { return 0 }
}

/** A run store that notes every call that could change it. */
class Runs implements RunStore {
  readonly shared = false
  readonly writes: string[] = []
  load (): StoredRun | undefined { return undefined }
  create (id: string, _state: RunState): boolean { this.writes.push(id); return true }
  compareAndSet (id: string): boolean { this.writes.push(id); return true }
  delete (id: string): void { this.writes.push(id) }
}

class SignIns implements SignInStore {
  readonly records = new Map<string, SignInRecord>()
  load (id: string): SignInRecord | undefined { return this.records.get(id) }
  create (id: string, record: SignInRecord): void { this.records.set(id, record) }
  replace (id: string, record: SignInRecord): void { this.records.set(id, record) }
  delete (id: string): void { this.records.delete(id) }
  deleteAllOf (): void { this.records.clear() }
}

/** An attempt store that notes what is counted. */
class Attempts implements AttemptStore {
  readonly taken: string[] = []
  take (key: string): AttemptAnswer { this.taken.push(key); return { allowed: true } }
  giveBack (key: string): void { this.taken.push(key) }
}

const url = '/api/v3/flows/inspector/enrolment/simulate/'

t.test('simulate: a full enrolment changes nothing, and lists what it would have changed', async (t) => {
  const users = new FakeUsers([makeUser({ pk: 7, username: 'old', hasUsablePassword: true })], { old: 'a password' })
  const reputation = new Reputation()
  const runs = new Runs()
  const signIns = new SignIns()
  const attempts = new Attempts()
  const sessions = new SlowSerialisingStore()
  const app = await buildApp(t, {
    definitions: enrolment,
    session: { store: sessions },
    planner: {
      users, reputation, runs, signIns, attempts, canSimulate: () => true, policies: { open: () => true, again: () => true }
    }
  })
  const snapshot = () => structuredClone({
    users: [...users.byPk],
    passwords: [...users.passwords],
    devices: [...users.devicesOf],
    tokens: [...users.tokensOf],
    steps: [...users.lastStepOf],
    consents: [...users.consents],
    reputation: reputation.changes,
    runs: runs.writes,
    signIns: [...signIns.records],
    sessions: [...sessions.sessions],
    attempts: attempts.taken,
    plans: app.flows.planner.cache.size
  })
  const before = snapshot()
  const client = new Client(app)
  const response = await client.request('POST', url, { answers, context: { application: 'shop', consent_permissions: [] } })
  t.equal(response.statusCode, 200, response.body)
  t.equal(response.headers['cache-control'], 'no-store')
  t.equal(response.headers['set-cookie'], undefined)
  t.strictSame(snapshot(), before)
  const body = response.json()
  t.ok(Value.Check(SimulationBodySchema, body))
  t.equal(body.unused_answers, 0)
  t.match(body.explanation, { run: { ending: { kind: 'redirected', to: '/' } }, planning: { outcome: 'planned' } })
  t.ok(body.explanation.bindings.every(({ state }: { state: string }) => state === 'passed'))
  t.strictSame(body.effects.map(({ effect }: Effect) => effect), [
    'create_user', 'set_password', 'add_device', 'use_code', 'add_device', 'save_consent', 'use_code', 'reputation', 'sign_in'
  ])
  t.match(body.effects[0], { effect: 'create_user', details: { username: 'nina', email: 'nina@example.com', groups: ['staff'] } })
  t.match(body.effects.at(-1), { effect: 'sign_in', details: { username: 'nina' } })
  t.match(body.challenges[2], { component: 'ak-stage-authenticator-totp', response_errors: { code: [{}] } }, 'a wrong code is refused')
  t.equal(users.byPk.size, 1)
})

t.test('simulate: verdicts are stated by policy name, and what is not known is refused', async (t) => {
  const policies = { open: () => true, again: () => true }
  const app = await buildApp(t, { definitions: enrolment, planner: { canSimulate: () => true, policies } })
  const client = new Client(app)
  const post = async (body: object) => await client.request('POST', url, body)
  const shut = (await post({ verdicts: { open: 'fail' } })).json()
  t.match(shut, { explanation: { planning: { outcome: 'policy', policies: [{ name: 'open', result: 'fail' }] } }, effects: [] })
  t.match((await post({ verdicts: { open: 'error' }, answers })).json(), { explanation: { planning: { outcome: 'policy_error' } }, unused_answers: 7 })
  const skipped = (await post({ verdicts: { again: 'fail' }, answers: answers.slice(0, 5) })).json()
  t.match(skipped.explanation.bindings[5], { state: 'taken_out', policies: [{ name: 'again', result: 'fail' }] })
  for (const [body, detail] of [
    [{ verdicts: { opne: 'fail' } }, "verdicts: there is no policy 'opne'"],
    [{ verdicts: { open: 'no' } }, /verdicts\.open: .*\(pass, fail, error\)/],
    [{ verdict: {} }, /^verdict: /],
    [{ user: 'nobody' }, "user: there is no user 'nobody'"],
    [{ context: { pending_user: 7 } }, /context\.pending_user/],
    [{ answers: 'x' }, /^answers: /]
  ] as const) {
    const refused = await post(body)
    t.equal(refused.statusCode, 400)
    t.match(refused.json(), { detail, code: 'FST_FLOW_SIMULATION' })
  }
})

t.test('simulate: for a user, without anybody knowing the password', async (t) => {
  const client = new Client(await buildApp(t, { definitions: signInAndOut, planner: { canSimulate: () => true } }))
  const walk = async (password: unknown) => (await client.request('POST', '/api/v3/flows/inspector/sign-in/simulate/', {
    answers: [{ uid_field: 'admin' }, { password }]
  })).json()
  t.match(await walk(right), { explanation: { run: { ending: { kind: 'redirected' } } }, effects: [{ effect: 'reputation' }, { effect: 'sign_in' }] })
  t.match(await walk({ stand_in: 'wrong' }), { explanation: { run: { ending: null } }, effects: [{ effect: 'reputation', details: { change: -1 } }] })
  t.match(await walk(PASSWORD), { explanation: { run: { ending: null } } }, 'passwords cannot be tried out')
  const out = await client.request('POST', '/api/v3/flows/inspector/sign-out/simulate/', { user: 'admin' })
  t.strictSame(out.json().effects, [{ effect: 'sign_out', details: { username: 'admin' } }])
  const pending = await client.request('POST', '/api/v3/flows/inspector/sign-in/simulate/', { context: { pending_user: 'admin' } })
  t.equal(pending.statusCode, 200)
})

t.test('simulate: a score stays within its bounds, as that of a real run does', async (t) => {
  const definitions = define(user('alice', { password: PASSWORD }), defineFlow({
    slug: 'sign-in',
    name: 'Sign in',
    title: 'Welcome',
    designation: 'authentication',
    stages: [
      stage('identification', 'who', { userFields: ['username'] }),
      stage('password', 'password', { failedAttemptsBeforeCancel: 20 }),
      { stage: stage('deny', 'suspicious'), policies: [policy('reputation', 'bad', { threshold: -6 })] },
      stage('user_login', 'login')
    ]
  }))
  const app = await buildApp(t, { definitions, planner: { canSimulate: () => true, attemptLimits: false } })
  const client = new Client(app)
  const walk = async () => (await client.request('POST', '/api/v3/flows/inspector/sign-in/simulate/', {
    request: { ip: '192.0.2.1' },
    answers: [{ uid_field: 'alice' }, ...Array.from({ length: 8 }, () => ({ password: { stand_in: 'wrong' } })), { password: right }]
  })).json()
  t.match((await walk()).challenges.at(-1), { component: 'xak-flow-redirect' }, '-5 and no less')
  await app.flows.services.reputation.adjust('alice', '192.0.2.1', -4)
  t.match((await walk()).challenges.at(-1), { component: 'xak-flow-redirect' }, 'what is stored of the same pair counts towards its bound')
  await app.flows.services.reputation.adjust('alice', '192.0.2.2', -1)
  t.match((await walk()).challenges.at(-1), { component: 'ak-stage-access-denied' }, 'another pair has a bound of its own')
})

t.test('simulate: the names of headers are lower-cased, as those of a real request are', async (t) => {
  const policies = { open: ({ http }: PolicyRequest) => http?.headers['user-agent'] === 'curl', again: () => true }
  const app = await buildApp(t, { definitions: enrolment, planner: { canSimulate: () => true, policies } })
  const body = { request: { headers: { 'User-Agent': 'curl' } } }
  const response = await new Client(app).request('POST', url, body)
  t.match(response.json(), { explanation: { planning: { outcome: 'planned' } } })
})

t.test('simulate: a stage that fails is explained, also where no stage has passed before it', async (t) => {
  const definitions = define(defineFlow({
    slug: 'walk',
    name: 'Walk',
    title: 'Walk',
    designation: 'authorization',
    stages: [
      { stage: stage('dummy', 'left out'), evaluateOnPlan: true, policies: [policy('dummy', 'no', { result: false, waitMin: 0, waitMax: 0 })] },
      stage('consent', 'consent', { mode: 'always_require' })
    ]
  }))
  const client = new Client(await buildApp(t, { definitions, planner: { canSimulate: () => true } }))
  const body = { context: { consent_permissions: 5 }, answers: [{}] }
  const response = await client.request('POST', '/api/v3/flows/inspector/walk/simulate/', body)
  t.equal(response.statusCode, 200, response.body)
  t.match(response.json(), {
    challenges: [{ component: 'ak-stage-flow-error' }],
    unused_answers: 1,
    explanation: {
      planning: { outcome: 'planned' },
      bindings: [{ state: 'left_out' }, { state: 'current' }],
      timeline: [{ event: 'started' }, { event: 'failed', stage: 'consent' }]
    }
  })
})

t.test('simulate: superusers only, from our own pages only', async (t) => {
  const client = new Client(await buildApp(t, { definitions: signInAndOut }))
  const path = '/api/v3/flows/inspector/sign-out/simulate/'
  t.equal((await client.request('POST', path, {})).statusCode, 403, 'canInspect says yes, canSimulate does not')
  await client.get('sign-in')
  await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })
  await client.post('sign-in', { component: 'ak-stage-password', password: PASSWORD })
  t.equal((await client.request('POST', path, {})).statusCode, 200)
  t.equal((await client.request('POST', path, {}, { 'sec-fetch-site': 'cross-site' })).statusCode, 403)
  t.equal((await client.request('POST', path, {}, { origin: 'https://elsewhere.example' })).statusCode, 403)
  t.equal((await client.request('POST', '/api/v3/flows/inspector/nothing/simulate/', {})).statusCode, 404)
})

t.test("simulate: a host's stage is entered only where it says that it states its effects", async (t) => {
  const sent: string[] = []
  const kind = (name: string, statesEffects: boolean) => ({
    kind: name,
    model: `test.${name}`,
    component: `test-${name}`,
    formComponent: 'test-form',
    verboseName: 'Test',
    verboseNamePlural: 'Tests',
    options: Type.Object({}),
    statesEffects,
    enter: () => {
      sent.push(name)
      return passed()
    }
  } satisfies StageKind)
  const stated = kind('stated', true)
  const silent = kind('silent', false)
  const stageKinds = [stated, silent]
  const make = createDefine({ stageKinds: [...builtInStageKinds, ...stageKinds], policyKinds: [] })
  const definitions = make(defineFlow({
    slug: 'host',
    name: 'host',
    title: 'host',
    designation: 'authorization',
    stages: [stage(stated, 'first'), stage('dummy', 'second'), stage(silent, 'third')]
  }))
  const client = new Client(await buildApp(t, { definitions, planner: { stageKinds, canSimulate: () => true } }))
  const body = (await client.request('POST', '/api/v3/flows/inspector/host/simulate/', { answers: [{}] })).json()
  t.strictSame(sent, ['stated'])
  t.match(body.explanation, {
    run: { ending: { kind: 'denied', message: /^The stage 'third' is not walked dry/ } },
    bindings: [{ state: 'passed' }, { state: 'passed' }, { state: 'current' }]
  })
})
