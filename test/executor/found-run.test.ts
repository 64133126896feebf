import t, { type Test } from 'tap'
import { define, defineFlow, MemorySignInStore, passed, refused, stage, type PlanView, type StageKind } from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { RememberingRunStore } from '../e2e/remembering-run-store.js'
import { SlowSerialisingStore } from '../e2e/session-store.js'
import { SharedRunStore } from '../e2e/shared-run-store.js'
import { FakeUsers, makeUser } from '../fake-users.js'
import { dummies } from '../flows.js'
import { OWN_KIND } from './own-stage.js'

const DUMMY = { component: 'ak-stage-dummy' }
const OWN = { component: 'test-own' }

/** A kind whose challenge names its stage, and whose answer the test judges. */
const judgedBy = (respond: Exclude<StageKind['respond'], undefined>): StageKind => ({ ...OWN_KIND, challenge: () => ({}), respond })

/** Two processes of one browser that remember what they have written last, and what is asked of them in turn. */
async function twoProcesses (t: Test, kind?: StageKind) {
  const runs = new SharedRunStore()
  const views = [new RememberingRunStore(runs), new RememberingRunStore(runs)] as const
  const own = kind === undefined
    ? []
    : [defineFlow({
        slug: 'own', name: 'Own', title: 'Own', designation: 'stage_configuration', stages: [stage(kind, 'one'), stage(kind, 'two'), stage('dummy', 'end')]
      })]
  const signIn = defineFlow({
    slug: 'sign-in',
    name: 'Sign in',
    title: 'Sign in',
    designation: 'authentication',
    stages: [stage('identification', 'who', { userFields: ['username'] }), stage('password', 'password'), stage('user_login', 'login')]
  })
  const users = new FakeUsers([makeUser({ pk: 1, username: 'ada' })], { ada: 'open sesame' })
  const common = {
    users,
    signIns: new MemorySignInStore({ now: Date.now }),
    sealKeys: [new Uint8Array(32)],
    ...kind === undefined ? {} : { stageKinds: [kind] }
  }
  const store = new SlowSerialisingStore(1)
  const definitions = define(dummies('walk', 'one', 'two', 'three', 'four'), signIn, ...own)
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
  return { here, elsewhere, view: views[0], runs, users }
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

t.test('recalled run: what another process has ended is over', async (t) => {
  const { here, elsewhere } = await twoProcesses(t)
  await here.get('walk')
  await elsewhere().request('GET', '/flows/-/cancel/')
  const answered = (await here.post('walk', DUMMY)).json()
  t.match(answered, { name: 'walk one', response_errors: { non_field_errors: [{ code: 'restarted' }] } })
})

t.test('recalled run: another run in its place, at the same revision, is not taken for it', async (t) => {
  let isRefused = false
  const { here, elsewhere, runs } = await twoProcesses(t, judgedBy(() => isRefused ? refused('not yet') : passed()))
  await here.get('own')
  await here.post('own', OWN)
  t.same(await passedStages(here, 'own'), ['one'])
  await runs.forgetAll()
  await elsewhere().get('own')
  isRefused = true
  await elsewhere().post('own', OWN)
  isRefused = false
  t.match((await here.post('own', OWN)).json(), { component: 'test-own' }, 'the first stage has passed, and not the second')
  t.same(await passedStages(here, 'own'), ['one'])
})

t.test('recalled run: an effect takes place once, by the run as it is', async (t) => {
  const effects: string[] = []
  const kind = judgedBy(async ({ stage, perform }) => {
    await perform({ name: 'count' }, () => { effects.push(stage.name) })
    return passed()
  })
  const { here, elsewhere } = await twoProcesses(t, kind)
  await here.get('own')
  await elsewhere().post('own', OWN)
  t.match((await here.post('own', OWN)).json(), { component: 'ak-stage-dummy' })
  t.same(effects, ['one', 'two'])
})

t.test('recalled run: a stage that fails is told of where the run stands', async (t) => {
  const { here, elsewhere } = await twoProcesses(t, judgedBy(({ stage }) => {
    if (stage.name === 'one') return passed()
    throw new Error('a fault')
  }))
  await here.get('own')
  await elsewhere().post('own', OWN)
  t.match((await here.post('own', OWN)).json(), { component: 'ak-stage-flow-error' })
  t.same(await passedStages(here, 'own'), ['one'])
  t.match((await here.post('own', OWN)).json(), { component: 'ak-stage-flow-error' }, 'and again, by what this process has written')
})

t.test('recalled run: a refusal is of the stage that the run is at', async (t) => {
  const { here, elsewhere } = await twoProcesses(t, judgedBy(({ stage }) =>
    stage.name === 'one' ? passed() : refused(`not ${stage.name}`)))
  await here.get('own')
  await elsewhere().post('own', OWN)
  t.match((await here.post('own', OWN)).json(), { response_errors: { non_field_errors: [{ string: 'not two' }] } })
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
