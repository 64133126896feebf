import t, { type Test } from 'tap'
import {
  define, defineFlow, denied, passed, refused, stage, type StageBinding, type StageEntry, type StageKind
} from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { PASSWORD, admin } from '../flows.js'
import { OWN_KIND, visitorOf } from './own-stage.js'

type Binding = Partial<Pick<StageBinding, 'invalidResponseAction'>>

async function visit (t: Test, kind: StageKind, count = 1, binding: Binding = {}): Promise<Client> {
  const own = Array.from({ length: count }, (_, index) => ({ stage: stage(kind, `own ${index}`), ...binding }))
  return await visitorOf(t, kind, [...own, stage('dummy', 'behind')])
}

/** Refuses to be entered, so and so often. */
function refusing (times: number): StageKind & { entered: number } {
  return {
    ...OWN_KIND,
    entered: 0,
    enter () {
      this.entered += 1
      return this.entered > times ? passed() : refused('Not now.')
    }
  }
}

t.test('a stage that refuses to be entered is denied: nobody has answered, so there is nothing to be tried again', async (t) => {
  for (const respond of [undefined, passed]) {
    const kind = refusing(50)
    const client = await visit(t, respond === undefined ? kind : Object.assign(kind, { respond }))
    t.match((await client.get('walk')).json(), { component: 'ak-stage-access-denied' })
    t.equal(kind.entered, 1)
  }
})

t.test('a stage that refuses to be entered restarts the flow where its binding says so, and not for ever', async (t) => {
  const once = refusing(1)
  const client = await visit(t, once, 1, { invalidResponseAction: 'restart' })
  t.match((await client.get('walk')).json(), { component: 'ak-stage-dummy' })
  t.equal(once.entered, 2)
  const always = refusing(Infinity)
  const other = await visit(t, always, 1, { invalidResponseAction: 'restart_with_context' })
  t.match((await other.get('walk')).json(), { component: 'ak-stage-access-denied' })
  t.equal(always.entered, 11, 'the first time, and ten restarts')
})

t.test('thousands of stages that pass as they are entered are walked in one request', async (t) => {
  for (const enter of [() => passed(), async () => passed()]) {
    const client = await visit(t, { ...OWN_KIND, enter }, 5000)
    t.match((await client.get('walk')).json(), { component: 'ak-stage-dummy' })
  }
})

/** A client of an app with a flow `outer` that asks for a password and then goes on with a flow `inner` of these stages. */
async function switching (t: Test, inner: readonly StageEntry[], stageKinds: readonly StageKind[] = []): Promise<Client> {
  const flow = (slug: string, stages: readonly StageEntry[]) => defineFlow({ slug, name: slug, title: slug, designation: 'authentication', stages })
  const target = flow('inner', inner)
  const app = await buildApp(t, {
    definitions: define(admin, target, flow('outer', [
      stage('identification', 'who', { userFields: ['username'] }), stage('password', 'password'),
      stage('redirect', 'go on', { mode: 'flow', targetFlow: target })
    ])),
    planner: { stageKinds },
    routes: (app) => { app.get('/who', async (request) => ({ user: request.flowUser?.username ?? null })) }
  })
  const client = new Client(app)
  await client.get('outer', 'next=/there')
  await client.post('outer', { component: 'ak-stage-identification', uid_field: 'admin' }, 'next=/there')
  return client
}

/** Goes on with a flow, as a redirect stage does. */
const goingOnWith = (flow: string, keepContext: boolean): StageKind => ({ ...OWN_KIND, enter: () => ({ kind: 'switched', flow, keepContext }) })

const RIGHT = { component: 'ak-stage-password', password: PASSWORD }

t.test('a flow that is switched to ends the one before it as it ends itself', async (t) => {
  const enters = await switching(t, [stage('user_login', 'enter')])
  t.strictSame((await enters.post('outer', RIGHT, 'next=/there')).json(), { component: 'xak-flow-redirect', to: '/there' })
  t.equal((await enters.request('GET', '/who')).json().user, 'admin')
  for (const slug of ['outer', 'inner']) t.match((await enters.inspect(slug)).json(), { is_completed: true }, slug)

  const kind: StageKind = { ...OWN_KIND, enter: () => denied('Not today.') }
  const isDenied = await switching(t, [stage(kind, 'deny')], [kind])
  t.match((await isDenied.post('outer', RIGHT)).json(), { component: 'ak-stage-access-denied', error_message: 'Not today.' })
  t.equal((await isDenied.request('GET', '/who')).json().user, null)
})

t.test('a flow that is switched to and shows a challenge is gone on with at its page', async (t) => {
  const client = await switching(t, [stage('dummy', 'ask'), stage('user_login', 'enter')])
  t.strictSame((await client.post('outer', RIGHT, 'next=/there')).json(), { component: 'xak-flow-redirect', to: '/if/flow/inner/?next=%2Fthere' })
  t.match((await client.post('inner', { component: 'ak-stage-dummy' }, 'next=/there')).json(), { component: 'xak-flow-redirect', to: '/there' })
  t.equal((await client.request('GET', '/who')).json().user, 'admin')
})

t.test('a stage that goes on with its own flow begins that again in its run, with its context or without, and not for ever', async (t) => {
  for (const keepContext of [true, false]) {
    const kind = goingOnWith('walk', keepContext)
    const client = await visitorOf(t, kind, [stage('dummy', 'ask'), stage(kind, 'again')])
    await client.get('walk')
    for (let round = 1; round <= 10; round += 1) {
      const again = await client.post('walk', { component: 'ak-stage-dummy' })
      t.match(again, { statusCode: 200 })
      t.match(again.json(), { component: 'ak-stage-dummy', name: 'ask' })
    }
    t.equal((await client.inspect('walk')).json().plans.length, 10, 'the history stays')
    t.match((await client.inspect('walk')).json().current_plan.plan_context, { is_redirected: 'walk' })
    t.match((await client.post('walk', { component: 'ak-stage-dummy' })).json(), { component: 'ak-stage-access-denied' })
  }
})

t.test('flows that go on with one another and ask nothing do not do so for ever', async (t) => {
  const [there, back] = [{ ...goingOnWith('inner', true), kind: 'there' }, { ...goingOnWith('outer', true), kind: 'back' }]
  const flow = (slug: string, kind: StageKind) =>
    defineFlow({ slug, name: slug, title: slug, designation: 'stage_configuration', stages: [stage(kind, slug)] })
  const app = await buildApp(t, { definitions: define(flow('outer', there), flow('inner', back)), planner: { stageKinds: [there, back] } })
  t.match(await new Client(app).get('outer'), { statusCode: 409 })
})
