import { Type } from '@sinclair/typebox'
import t from 'tap'
import {
  define, defineFlow, MemoryRunStore, policy, prompt, refused, stage, user, type PolicyFunction, type RunState, type StageKind
} from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { SlowSerialisingStore } from '../e2e/session-store.js'
import { OWN_KIND } from '../executor/own-stage.js'
import { dummies, guardedSignIn, PASSWORD, signInAndOut } from '../flows.js'

const DUMMY = { component: 'ak-stage-dummy' }

t.test('15: a flow that changes in mid-run goes on with the definition that it began with', async (t) => {
  const app = await buildApp(t, { definitions: define(dummies('walk', 'one', 'two')) })
  const client = new Client(app)
  await client.get('walk')
  app.flows.replaceDefinitions(define(dummies('walk', 'other')))
  t.equal((await client.post('walk', DUMMY)).json().name, 'walk two')
  t.equal((await client.post('walk', DUMMY)).json().component, 'xak-flow-redirect')
  t.equal((await new Client(app).get('walk')).json().name, 'walk other')
  app.flows.replaceDefinitions(define(dummies('elsewhere', 'x')))
  t.equal((await new Client(app).get('walk')).statusCode, 404)
})

t.test('15: a stage that a policy has put next goes on with what it referred to, or the run starts again', async (t) => {
  const asking = (...labels: readonly string[]) => {
    const fields = labels.map((label) => prompt(label, { fieldKey: label, label, type: 'text' }))
    return stage('prompt', 'ask', { fields })
  }
  const holder = (label: string) => defineFlow({
    slug: 'holder', name: 'Holder', title: 'Holder', designation: 'stage_configuration', stages: [asking(label)]
  })
  const guard = policy('expression', 'inserts', { expression: 'a function' })
  const walk = defineFlow({
    slug: 'walk',
    name: 'Walk',
    title: 'Walk',
    designation: 'stage_configuration',
    stages: [stage('dummy', 'first'), { stage: stage('dummy', 'last'), policies: [guard] }]
  })
  const before = define(walk, holder('old'))
  const ask = before.stages.find(({ name }) => name === 'ask')?.pk ?? ''
  const inserts: PolicyFunction = ({ plan }) => {
    plan?.insertStage(ask)
    return true
  }
  const atTheStage = async () => {
    const app = await buildApp(t, { definitions: before, planner: { policies: { inserts } } })
    const client = new Client(app)
    await client.get('walk')
    await client.post('walk', DUMMY)
    t.match((await client.post('walk', DUMMY)).json(), { component: 'ak-stage-prompt', fields: [{ field_key: 'old' }] })
    return { app, client }
  }
  for (const after of [define(walk), define(walk, holder('new'))]) {
    const { app, client } = await atTheStage()
    app.flows.replaceDefinitions(after)
    t.match((await client.get('walk')).json(), { component: 'ak-stage-prompt', fields: [{ field_key: 'old' }] })
    t.match((await client.post('walk', { component: 'ak-stage-prompt', old: 'x' })).json(), { component: 'xak-flow-redirect' })
  }
  const { app, client } = await atTheStage()
  for (let times = 0; times < 9; times += 1) app.flows.replaceDefinitions(define(walk, holder(`new ${times}`)))
  t.match((await client.get('walk')).json(), { name: 'first', response_errors: { non_field_errors: [{ code: 'restarted' }] } })
})

t.test('15: where what a policy asks is away, the run is denied and nobody gets past', async (t) => {
  let isAway = false
  const app = await buildApp(t, {
    definitions: guardedSignIn({ evaluateOnPlan: false, mode: 'any', negate: false }),
    planner: { policies: { guard: async () => isAway ? await Promise.reject(new Error('the policy store is away')) : true } },
    routes: (app) => { app.get('/who', async (request) => ({ user: request.flowUser?.username ?? null })) }
  })
  for (const away of [true, false]) {
    isAway = away
    const client = new Client(app)
    await client.get('sign-in')
    const next = (await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })).json()
    t.equal(next.component, away ? 'ak-stage-access-denied' : 'ak-stage-password')
    await client.post('sign-in', { component: 'ak-stage-password', password: PASSWORD })
    t.equal((await client.request('GET', '/who')).json().user, away ? null : 'admin')
  }
})

/** A run store whose reads or writes can be made to fail. */
class FailingRunStore extends MemoryRunStore {
  failing: 'load' | 'write' | undefined

  override load (id: string) {
    if (this.failing === 'load') throw new Error('the run store is away')
    return super.load(id)
  }

  override create (id: string, state: RunState): boolean {
    if (this.failing === 'write') throw new Error('the run store is away')
    return super.create(id, state)
  }

  override compareAndSet (id: string, revision: number, state: RunState): boolean {
    if (this.failing === 'write') throw new Error('the run store is away')
    return super.compareAndSet(id, revision, state)
  }
}

t.test('15: a run store that is away: an error that tells nothing, no partial advance, and on it goes afterwards', async (t) => {
  const runs = new FailingRunStore({ now: Date.now })
  const app = await buildApp(t, {
    definitions: signInAndOut,
    planner: { runs },
    routes: (app) => { app.get('/who', async (request) => ({ user: request.flowUser?.username ?? null })) }
  })
  const client = new Client(app)
  await client.get('sign-in')
  const before = (await client.inspect('sign-in')).json()
  for (const failing of ['load', 'write'] as const) {
    runs.failing = failing
    const answer = await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })
    t.ok(answer.statusCode >= 500, failing)
    t.notMatch(answer.body, /away|admin|component/)
    t.equal(answer.headers['cache-control'], 'no-store')
    runs.failing = undefined
    t.strictSame((await client.inspect('sign-in')).json(), before, 'as it was')
  }
  t.equal((await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })).json().component, 'ak-stage-password')
  runs.failing = 'write'
  t.ok((await client.post('sign-in', { component: 'ak-stage-password', password: PASSWORD })).statusCode >= 500)
  t.equal((await client.request('GET', '/who')).json().user, null, 'a sign-in whose run is not written is none')
  runs.failing = undefined
  t.equal((await client.get('sign-in')).json().component, 'ak-stage-password', 'the run is where it was')
  await client.post('sign-in', { component: 'ak-stage-password', password: PASSWORD })
  t.equal((await client.request('GET', '/who')).json().user, 'admin')
})

t.test("15: a run store that is away while the app's own route starts a flow that signs in: nobody is", async (t) => {
  const runs = new FailingRunStore({ now: Date.now })
  const definitions = define(user('admin', { password: PASSWORD }), defineFlow({
    slug: 'enter', name: 'Enter', title: 'Enter', designation: 'authentication', stages: [stage('user_login', 'enter')]
  }))
  const app = await buildApp(t, {
    definitions,
    planner: { runs },
    routes: (app) => {
      app.get('/who', async (request) => ({ user: request.flowUser?.username ?? null }))
      app.get('/enter', async (request) => {
        const admin = await app.flows.services.users.find({ fields: ['username'], value: 'admin', caseInsensitive: false })
        return await app.flows.start(request, 'enter', admin === undefined ? {} : { pending_user: admin })
      })
    }
  })
  for (const failing of ['write', undefined] as const) {
    runs.failing = failing
    const client = new Client(app)
    t.equal((await client.request('GET', '/enter')).statusCode, failing === undefined ? 200 : 500)
    t.equal((await client.request('GET', '/who')).json().user, failing === undefined ? 'admin' : null)
  }
})

t.test('15: what a stage asks for its challenge and for its schema is away: an error, and the process goes on', async (t) => {
  let isAway = false
  const asked = async <T> (value: T): Promise<T> => isAway ? await Promise.reject(new Error('the service is away')) : value
  const kind = {
    kind: 'asking',
    model: 'example.askingstage',
    component: 'example-asking',
    formComponent: 'example-asking-form',
    verboseName: 'Asking stage',
    verboseNamePlural: 'Asking stages',
    options: Type.Object({}),
    challengeSchema: Type.Object({}),
    answerSchema: async () => await asked(Type.Object({})),
    challenge: async () => await asked({}),
    respond: async () => {
      isAway = true
      return refused('No.')
    }
  } satisfies StageKind
  const app = await buildApp(t, {
    definitions: define(defineFlow({
      slug: 'ask', name: 'Ask', title: 'Ask', designation: 'authentication', stages: [stage(kind, 'ask', {})]
    })),
    planner: { stageKinds: [kind] }
  })
  const client = new Client(app)
  t.match((await client.get('ask')).json(), { component: 'example-asking' })
  t.match((await client.post('ask', { component: 'example-asking' })).json(), { component: 'ak-stage-flow-error' })
  isAway = false
  t.match((await client.get('ask')).json(), { component: 'example-asking' })
})

for (const recordRuns of [false, true]) {
  t.test(`15: what a stage asks for the schema of an answer is away: the stage's fault, runs recorded: ${recordRuns}`, async (t) => {
    let isAway = false
    const kind: StageKind = {
      ...OWN_KIND,
      answerSchema: () => {
        if (isAway) throw new Error('the service is away')
        return Type.Object({})
      },
      respond: () => refused('No.')
    }
    const definitions = define(defineFlow({
      slug: 'ask', name: 'Ask', title: 'Ask', designation: 'authentication', stages: [stage(kind, 'ask')]
    }))
    const client = new Client(await buildApp(t, { definitions, planner: { stageKinds: [kind], recordRuns } }))
    await client.get('ask')
    isAway = true
    const fault = await client.post('ask', { component: 'test-own' })
    t.equal(fault.statusCode, 200)
    t.match(fault.json(), { component: 'ak-stage-flow-error' })
    isAway = false
    t.match((await client.post('ask', { component: 'test-own' })).json(), { component: 'test-own', response_errors: Object })
  })
}

/** A session store whose reads or writes can be made to fail. */
class FailingSessionStore extends SlowSerialisingStore {
  failing: 'get' | 'set' | undefined

  constructor () {
    super(0)
    const { get, set } = this
    this.get = (id, callback) => {
      if (this.failing === 'get') callback(new Error('the session store is away'))
      else get(id, callback)
    }
    this.set = (id, session, callback) => {
      if (this.failing === 'set') callback(new Error('the session store is away'))
      else set(id, session, callback)
    }
  }
}

t.test('15: a session store that is away: nobody is signed in, nothing advances twice, and on it goes afterwards', async (t) => {
  const store = new FailingSessionStore()
  const app = await buildApp(t, {
    definitions: signInAndOut,
    session: { store },
    routes: (app) => { app.get('/who', async (request) => ({ user: request.flowUser?.username ?? null })) }
  })
  const client = new Client(app)
  await client.get('sign-in')
  await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })
  const before = (await client.inspect('sign-in')).json()
  store.failing = 'get'
  const answer = await client.post('sign-in', { component: 'ak-stage-password', password: PASSWORD })
  t.ok(answer.statusCode >= 500)
  t.notMatch(answer.body, /component|xak-flow/)
  store.failing = undefined
  t.strictSame((await client.inspect('sign-in')).json(), before)

  store.failing = 'set'
  const { cookie } = client
  const unsaved = await client.post('sign-in', { component: 'ak-stage-password', password: PASSWORD })
  t.match(unsaved, { statusCode: 503, headers: { 'retry-after': '1' } }, 'a sign-in that cannot be kept is none')
  store.failing = undefined
  t.equal((await new Client(app, cookie).request('GET', '/who')).json().user, null)
  t.equal((await client.request('GET', '/who')).json().user, null)
  const again = new Client(app)
  await again.get('sign-in')
  await again.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })
  await again.post('sign-in', { component: 'ak-stage-password', password: PASSWORD })
  t.equal((await again.request('GET', '/who')).json().user, 'admin')
})

t.test('15: a session store that is away where a run starts: an error that tells nothing, and on it goes afterwards', async (t) => {
  const store = new FailingSessionStore()
  const client = new Client(await buildApp(t, { definitions: signInAndOut, session: { store } }))
  store.failing = 'set'
  const answer = await client.get('sign-in')
  t.equal(answer.statusCode, 500)
  t.strictSame(Object.keys(answer.json()), ['detail', 'code', 'request_id'])
  t.equal(answer.headers['set-cookie'], undefined)
  store.failing = undefined
  t.equal((await client.get('sign-in')).json().component, 'ak-stage-identification')
})
