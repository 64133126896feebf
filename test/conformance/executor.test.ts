import t from 'tap'
import { define, group, joinDefinitions, policy, stage, user, type PolicyFunction } from '../../plugins/index.js'
import { admin, dummies, PASSWORD, signInAndOut } from '../flows.js'
import { COMPLETES, constant, flowOf, functionPolicy, NOBODY, visit } from './visitor.js'

/*
 * The original's own tests of its executor, by the letters that test/README.md explains. Where this package decided
 * otherwise, the test says what holds instead.
 */

const dummy = (name: string) => stage('dummy', name)
const empty = (designation: 'authentication' | 'stage_configuration') => define(flowOf([], { designation }))

t.test('X1 a plan of another flow in the session stands in nobody\'s way: each flow has a run of its own', async (t) => {
  const visitor = await visit(t, define(dummies('one', 'a', 'b'), flowOf([])))
  await visitor.see('one')
  await visitor.pass('one')
  t.strictSame(await visitor.see('flow'), COMPLETES)
  t.match(await visitor.see('one'), { component: 'ak-stage-dummy', name: 'one b' }, 'the other one is where it was')
})

t.test('X2 a flow whose policies fail says why, with flow_info', async (t) => {
  const visitor = await visit(t, define(flowOf([dummy('a')], { policies: [functionPolicy('foo')] })), {
    policies: { foo: () => ({ passing: false, messages: ['foo'] }) }
  })
  const { flow_info: info, ...denied } = await visitor.see('flow')
  t.strictSame(denied, { component: 'ak-stage-access-denied', pending_user: '', pending_user_avatar: NOBODY, error_message: 'foo' })
  t.match(info, {
    title: 'A flow', background: '/static/dist/assets/images/flow_background.jpg', cancel_url: '/flows/-/cancel/', layout: 'stacked'
  })
})

t.test('X3 the same with denied_action continue goes to the root', async (t) => {
  const flow = flowOf([dummy('a')], { policies: [constant('no', false)], deniedAction: 'continue' })
  const visitor = await visit(t, define(flow))
  t.strictSame(await visitor.see('flow'), COMPLETES)
})

t.test('X4 X6 an empty flow of any designation goes to a relative next', async (t) => {
  for (const designation of ['authentication', 'stage_configuration'] as const) {
    const visitor = await visit(t, empty(designation))
    t.strictSame(await visitor.see('flow', 'next=/unique-string'), { component: 'xak-flow-redirect', to: '/unique-string' })
  }
})

t.test('X5 X7 an empty flow of any designation refuses an absolute next, with status 200', async (t) => {
  for (const designation of ['authentication', 'stage_configuration'] as const) {
    const visitor = await visit(t, empty(designation))
    const response = await visitor.get('flow', 'next=http://something-else')
    t.equal(response.statusCode, 200)
    t.match(response.json(), { component: 'ak-stage-access-denied', error_message: 'Invalid next URL' })
  }
})

t.test('X8 an empty flow without next goes to the root instead of failing', async (t) => {
  const visitor = await visit(t, empty('authentication'))
  t.strictSame(await visitor.see('flow'), COMPLETES)
  t.equal((await visitor.inspect('flow')).statusCode, 400, 'it has no frame')
})

t.test('X9 two stages: the plan has two bindings, and one after the first answer, which gives the next challenge', async (t) => {
  const visitor = await visit(t, define(dummies('flow', 'a', 'b')))
  t.equal((await visitor.get('flow')).statusCode, 200)
  const { current_plan: before } = await visitor.inspected('flow')
  t.match(before, { current_stage: { stage_obj: { name: 'flow a' } }, next_planned_stage: { stage_obj: { name: 'flow b' } } })
  const response = await visitor.post('flow', { component: 'ak-stage-dummy' })
  t.equal(response.statusCode, 200)
  t.match(response.json(), { component: 'ak-stage-dummy', name: 'flow b' })
  const { current_plan: after } = await visitor.inspected('flow')
  t.match(after, { current_stage: { stage_obj: { name: 'flow b' } } })
  t.equal(after?.next_planned_stage, undefined)
})

/** A flow of stages by name, some of them with a policy that is asked at their turn and answers what `says` says then. */
function guarded (names: readonly string[], guardedNames: readonly string[]) {
  const says = { passing: true, asked: 0 }
  const guard: PolicyFunction = () => {
    says.asked += 1
    return says.passing
  }
  const stages = names.map((name) => guardedNames.includes(name)
    ? { stage: dummy(name), policies: [functionPolicy('guard')] }
    : dummy(name))
  return { says, definitions: define(flowOf(stages)), planner: { policies: { guard } } }
}

t.test('X10 a policy on the last stage takes it out where it fails at its turn, and the flow completes', async (t) => {
  const { says, definitions, planner } = guarded(['a', 'b'], ['b'])
  const kept = await visit(t, definitions, planner)
  await kept.see('flow')
  t.equal(says.asked, 0, 'not asked while planning')
  t.match(await kept.pass('flow'), { name: 'b' })
  says.passing = false
  t.match(await kept.see('flow'), { name: 'b' }, 'asked once: a stage that is shown stays')
  t.equal(says.asked, 1)
  const dropped = kept.another()
  await dropped.see('flow')
  t.strictSame(await dropped.pass('flow'), COMPLETES)
})

t.test('X11 a policy on the middle stage takes it out at its turn, and the answer does not fall to the stage behind it', async (t) => {
  const { says, definitions, planner } = guarded(['a', 'b', 'c'], ['b'])
  const visitor = await visit(t, definitions, planner)
  await visitor.see('flow')
  const { current_plan: planned } = await visitor.inspected('flow')
  t.equal(planned?.next_planned_stage?.stage_obj.name, 'b', 'planned until its turn comes')
  says.passing = false
  t.match(await visitor.pass('flow'), { name: 'c' })
  t.strictSame(await visitor.pass('flow'), COMPLETES)
})

t.test('X12 a policy that keeps passing: every stage is passed one by one', async (t) => {
  const { definitions, planner } = guarded(['a', 'b', 'c'], ['b'])
  const visitor = await visit(t, definitions, planner)
  t.match(await visitor.see('flow'), { name: 'a' })
  t.match(await visitor.pass('flow'), { name: 'b' })
  t.match(await visitor.pass('flow'), { name: 'c' })
  t.strictSame(await visitor.pass('flow'), COMPLETES)
})

t.test('X13 stages with failing policies at the front are skipped on GET; the one behind them is shown, and completes', async (t) => {
  const { says, definitions, planner } = guarded(['a', 'b', 'c'], ['a', 'b'])
  says.passing = false
  const visitor = await visit(t, definitions, planner)
  t.match(await visitor.see('flow'), { name: 'c' })
  t.strictSame(await visitor.pass('flow'), COMPLETES)
})

t.test('X14 pending_user_identifier is shown in place of the user', async (t) => {
  const visitor = await visit(t, define(admin, flowOf([stage('password', 'password')])))
  const pendingUser = await visitor.user('admin') ?? null
  t.match(await visitor.begin('flow', { pending_user: pendingUser }), { pending_user: 'admin' })
  t.match(await visitor.begin('flow', { pending_user: pendingUser, pending_user_identifier: 'test-identifier' }),
    { component: 'ak-stage-password', pending_user: 'test-identifier' })
})

t.test('X15 restart_with_context: an unknown identifier lowers the score, the flow starts again with it, and a deny stage ends it', async (t) => {
  const suspicious = policy('reputation', 'suspicious', { checkIp: false, checkUsername: true, threshold: -1 })
  const visitor = await visit(t, define(admin, flowOf([
    { stage: stage('deny', 'deny'), policies: [suspicious], order: 0 },
    {
      stage: stage('identification', 'who', { userFields: ['email'], pretendUserExists: false }),
      order: 1,
      invalidResponseAction: 'restart_with_context'
    }
  ])))
  t.match(await visitor.see('flow'), { component: 'ak-stage-identification' }, 'the deny stage is skipped')
  const denied = await visitor.answer('flow', 'ak-stage-identification', { uid_field: 'unknown-user' })
  t.match(denied, { component: 'ak-stage-access-denied', error_message: 'Unknown error' })
  const { services: { reputation } } = visitor.app.flows
  t.equal(await reputation.score({ identifier: 'unknown-user' }), -1)
})

t.test('X17 a sign-in for nobody who is signed in sends whoever is to next', async (t) => {
  const again = flowOf([dummy('a')], { slug: 'again', designation: 'authentication', authentication: 'require_unauthenticated' })
  const visitor = await visit(t, joinDefinitions(signInAndOut, define(again)))
  t.match(await visitor.another().see('again', 'next=/there'), { name: 'a' })
  await visitor.signIn('admin', PASSWORD)
  t.strictSame(await visitor.see('again', 'next=/there'), { component: 'xak-flow-redirect', to: '/there' })
})

t.test('X18 markers: a binding for planning only has none, one that is asked again has the one that says so', async (t) => {
  const passes = constant('yes', true)
  const visitor = await visit(t, define(flowOf([
    { stage: dummy('a'), evaluateOnPlan: true, reEvaluatePolicies: false, policies: [passes] },
    { stage: dummy('b'), policies: [passes] },
    { stage: dummy('c'), evaluateOnPlan: true, policies: [passes] }
  ])))
  const plan = await visitor.app.flows.planner.plan({ flow: 'flow', user: null })
  t.strictSame(plan.bindings.map(({ marker }) => marker), ['none', 're_evaluate', 're_evaluate'])
})

t.test('X19 group and user bindings at the turn are decided by the user that the identification found', async (t) => {
  const members = group('members')
  const member = user('member', { groups: [members] })
  const named = user('named')
  const visitor = await visit(t, define(member, named, user('other'), flowOf([
    stage('identification', 'who', { userFields: ['username'] }),
    { stage: dummy('shown'), policies: [{ group: members }, { user: named }] },
    stage('deny', 'deny')
  ])))
  const identify = async (name: string) => {
    const browser = visitor.another()
    await browser.see('flow')
    return await browser.answer('flow', 'ak-stage-identification', { uid_field: name })
  }
  t.match(await identify('member'), { component: 'ak-stage-dummy', name: 'shown' })
  t.match(await identify('named'), { component: 'ak-stage-dummy', name: 'shown' })
  t.match(await identify('other'), { component: 'ak-stage-access-denied' })
  t.match(await identify('nobody-at-all'), { component: 'ak-stage-access-denied' })
})

t.test('X20 malformed JSON is refused by its status, and changes nothing', async (t) => {
  const visitor = await visit(t, define(dummies('flow', 'a', 'b')))
  await visitor.see('flow')
  const response = await visitor.app.inject({
    method: 'POST',
    url: '/api/v3/flows/executor/flow/',
    headers: { cookie: `sessionId=${visitor.cookie}`, 'content-type': 'application/json' },
    payload: '{"component": "ak-stage-dummy"'
  })
  t.equal(response.statusCode, 400)
  t.match(response.json(), { detail: String, code: String })
  t.match(await visitor.see('flow'), { name: 'flow a' })
})

t.test('X26 X27 X28 X29 an answer sent twice counts once, the same answer to two stages twice, and different ones each', async (t) => {
  const visitor = await visit(t, define(dummies('flow', 'a', 'b', 'c', 'd')))
  await visitor.see('flow')
  const twice = await Promise.all([visitor.pass('flow'), visitor.pass('flow')])
  t.match(twice, [{ name: 'flow b' }, { name: 'flow b' }], 'the second gets the answer of the first')
  t.match(await visitor.pass('flow'), { name: 'flow c' })
  t.match(await visitor.answer('flow', 'ak-stage-dummy', { more: 1 }), { name: 'flow d' })
  t.strictSame(await visitor.answer('flow', 'ak-stage-dummy', { more: 2 }), COMPLETES)
})

t.test('X30 an answer without a session is no answer to anything: it starts the flow and says so', async (t) => {
  const visitor = await visit(t, define(dummies('flow', 'a', 'b')))
  t.match(await visitor.pass('flow'), { name: 'flow a', response_errors: { non_field_errors: [{ code: 'restarted' }] } })
})
