import t from 'tap'
import { define, EmptyFlowError, joinDefinitions, stage, user } from '../../plugins/index.js'
import { PASSWORD, signInAndOut } from '../flows.js'
import { COMPLETES, constant, flowOf, functionPolicy, visit } from './visitor.js'

/* The original's own tests of its planner, by the letters that test/README.md explains. */

const dummy = (name: string) => stage('dummy', name)
const DENIED = { component: 'ak-stage-access-denied', error_message: 'Flow does not apply to current user.' }

t.test('P1 a flow without stages is an error of its own', async (t) => {
  const { app } = await visit(t, define(flowOf([])))
  t.throws(() => app.flows.planner.plan({ flow: 'flow', user: null }), EmptyFlowError)
  const plan = await app.flows.planner.plan({ flow: 'flow', user: null, allowEmpty: true })
  t.strictSame(plan.bindings, [])
})

t.test('P2 the authentication requirement decides by who is signed in', async (t) => {
  const requirements = [
    ['none', true, true, true],
    ['require_unauthenticated', true, false, false],
    ['require_authenticated', false, true, true],
    ['require_superuser', false, false, true]
  ] as const
  const flows = requirements.map(([authentication]) =>
    flowOf([dummy('shown')], { slug: authentication, name: authentication, authentication }))
  const plain = user('plain', { password: PASSWORD })
  const anonymous = await visit(t, joinDefinitions(signInAndOut, define(plain, ...flows)))
  const [somebody, superuser] = [anonymous.another(), anonymous.another()]
  await somebody.signIn('plain', PASSWORD)
  await superuser.signIn('admin', PASSWORD)
  for (const [slug, ...applies] of requirements) {
    for (const [index, visitor] of [anonymous, somebody, superuser].entries()) {
      t.match(await visitor.see(slug), applies[index] === true ? { name: 'shown' } : DENIED, `${slug} ${index}`)
    }
  }
})

t.test('P3 require_outpost lets in whom the host takes for an outpost', async (t) => {
  const visitor = await visit(t, define(flowOf([dummy('shown')], { authentication: 'require_outpost' })), {
    isOutpost: (headers) => headers['x-authentik-outpost-token'] === 'the token'
  })
  const url = '/api/v3/flows/executor/flow/'
  t.match(await visitor.see('flow'), DENIED)
  const token = { 'x-authentik-outpost-token': 'the token' }
  t.match((await visitor.another().request('GET', url, undefined, token)).json(), { name: 'shown' })
  const nobody = await visit(t, define(flowOf([dummy('shown')], { authentication: 'require_outpost' })))
  t.match((await nobody.request('GET', url, undefined, token)).json(), DENIED, 'without a say of the host nobody is')
  const later: unknown = { isOutpost: async () => false }
  const promised = await visit(t, define(flowOf([dummy('shown')], { authentication: 'require_outpost' })), Object(later))
  t.match((await promised.request('GET', url, undefined, token)).json(), DENIED, 'a promise is no yes')
})

t.test('P4 failing policies of the flow refuse it even where it is empty', async (t) => {
  const visitor = await visit(t, define(flowOf([], { policies: [constant('no', false)] })))
  t.match(await visitor.see('flow'), { component: 'ak-stage-access-denied', error_message: 'dummy' })
})

t.test('P5 two plans in a row: the second is the first, from the cache', async (t) => {
  const { app: { flows: { planner } } } = await visit(t, define(flowOf([dummy('a')], { designation: 'enrollment' })))
  const first = await planner.plan({ flow: 'flow', user: null })
  t.equal(planner.cache.size, 1)
  const second = await planner.plan({ flow: 'flow', user: null })
  t.equal(planner.cache.size, 1)
  t.strictSame([first.cached, second.cached], [false, true])
})

t.test('P6 a plan made for a pending user is kept under that user', async (t) => {
  const visitor = await visit(t, define(user('ada'), flowOf([dummy('a')], { designation: 'enrollment' })))
  const { planner } = visitor.app.flows
  const ada = await visitor.user('ada') ?? null
  await planner.plan({ flow: 'flow', user: null, context: { pending_user: ada } })
  t.equal((await planner.plan({ flow: 'flow', user: null })).cached, false, 'nobody\'s plan is another')
  t.equal((await planner.plan({ flow: 'flow', user: ada })).cached, true, 'the user\'s own is the same')
})

t.test('P7 P8 bindings come by order with their markers; policies of the turn are not asked while planning', async (t) => {
  let asked = 0
  const { app } = await visit(t, define(flowOf([
    { stage: dummy('second'), order: 2, policies: [functionPolicy('later')] },
    { stage: dummy('first'), order: 1, evaluateOnPlan: true, reEvaluatePolicies: false }
  ])), { policies: { later: () => ++asked > 0 } })
  const plan = await app.flows.planner.plan({ flow: 'flow', user: null })
  t.strictSame(plan.bindings.map(({ compiled, marker }) => [compiled.stage.name, marker]), [['first', 'none'], ['second', 're_evaluate']])
  t.equal(asked, 0)
})

t.test('P9 require_redirect applies where a stage of another flow has sent there', async (t) => {
  const target = flowOf([dummy('arrived')], { slug: 'target', name: 'target', authentication: 'require_redirect' })
  const visitor = await visit(t, define(target, flowOf([stage('redirect', 'go', { mode: 'flow', targetFlow: target })])))
  t.match(await visitor.see('target'), DENIED)
  t.strictSame(await visitor.see('flow'), { component: 'xak-flow-redirect', to: '/if/flow/target/' })
  t.match(await visitor.see('target'), { name: 'arrived' })
})

t.test('P15 a binding whose stage does not exist is refused when it is defined', async (t) => {
  const { stages: _gone, ...definitions } = define(flowOf([dummy('a')]))
  await t.rejects(visit(t, { ...definitions, stages: [] }), { code: 'FST_FLOW_DEFINITION', message: /stage/ })
})

t.test('P16 P19 a sign-in that is taken out at its turn signs nobody in, and the flow completes', async (t) => {
  const visitor = await visit(t, define(flowOf([{ stage: stage('user_login', 'login'), policies: [functionPolicy('blocked')] }])), {
    policies: { blocked: () => ({ passing: false, messages: ['not today'] }) }
  })
  t.strictSame(await visitor.see('flow'), COMPLETES)
  t.equal(await visitor.who(), null)
})
