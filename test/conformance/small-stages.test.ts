import t from 'tap'
import { define, stage, type PlanContext, type StageOptionsByKind } from '../../plugins/index.js'
import { admin } from '../flows.js'
import { COMPLETES, flowOf, visit } from './visitor.js'

/* The original's own tests of deny, dummy, consent and redirect stages, by the letters that test/README.md explains. */

const dummy = (name: string) => stage('dummy', name)
const denial = (message: string) => ({ component: 'ak-stage-access-denied', error_message: message })

t.test('G6 deny: on GET and POST, with its own message, the context\'s, or the usual one', async (t) => {
  const visitor = await visit(t, define(
    flowOf([stage('deny', 'plain')]),
    flowOf([dummy('first'), stage('deny', 'stated', { denyMessage: 'stated' })], { slug: 'stated', name: 'stated' })))
  t.match(await visitor.see('flow'), denial('Unknown error'))
  await visitor.see('stated')
  t.match(await visitor.pass('stated'), denial('stated'))
  await visitor.begin('stated', { deny_message: 'from the context' })
  t.match(await visitor.pass('stated'), denial('from the context'))
})

t.test('G7 dummy: renders and completes', async (t) => {
  const visitor = await visit(t, define(flowOf([dummy('shown')])))
  const { flow_info: _info, ...shown } = await visitor.see('flow')
  t.strictSame(shown, { component: 'ak-stage-dummy', name: 'shown' })
  t.strictSame(await visitor.pass('flow'), COMPLETES)
})

t.test('G7 dummy: an error inside is told by the request\'s id and nothing else, with status 200', async (t) => {
  const visitor = await visit(t, define(flowOf([stage('dummy', 'broken', { throwError: true })])))
  const response = await visitor.get('flow')
  t.equal(response.statusCode, 200)
  t.match(response.json(), { component: 'ak-stage-flow-error', request_id: String })
  t.strictSame(Object.keys(response.json()).sort(), ['component', 'request_id'])
})

const CONSENT = 'ak-stage-consent'
const permission = (id: string) => ({ id, name: `permission ${id}` })
const [foo, bar] = [permission('foo'), permission('bar')]

/** A flow that asks ada for her consent, again and again. */
async function consenting (t: Parameters<typeof visit>[0], options: StageOptionsByKind['consent']) {
  let now = Date.UTC(2024, 8, 1)
  const visitor = await visit(t, define(admin, flowOf([stage('consent', 'consent', options)])), { now: () => now })
  const ada = await visitor.user('admin')
  const kept = async () => ada === undefined ? undefined : await visitor.app.flows.services.users.consent(ada.pk, 'app')
  return {
    kept,
    wait (milliseconds: number) { now += milliseconds },
    ask: async (...permissions: readonly object[]) => {
      const context: PlanContext = { pending_user: ada ?? null, application: { slug: 'app', name: 'App' }, consent_permissions: permissions }
      return await visitor.begin('flow', context)
    },
    give: async (token: unknown) => await visitor.answer('flow', CONSENT, { token })
  }
}

t.test('G8 consent: always asking keeps nothing; a wrong token is asked again', async (t) => {
  const { ask, give, kept } = await consenting(t, { mode: 'always_require' })
  const { flow_info: _info, pending_user_avatar: _avatar, token, ...shown } = await ask(foo)
  t.strictSame(shown, {
    component: CONSENT, pending_user: 'admin', header_text: "You're about to sign into App.", permissions: [foo], additional_permissions: []
  })
  t.match(await give('wrong'), { component: CONSENT, token, response_errors: { token: [{ code: 'invalid' }] } })
  t.strictSame(await give(token), COMPLETES)
  t.equal(await kept(), undefined)
  t.match(await ask(foo), { component: CONSENT })
})

t.test('G8 consent: permanent is kept, and the same permissions pass in silence from then on', async (t) => {
  const { ask, give, kept, wait } = await consenting(t, { mode: 'permanent' })
  t.strictSame(await give((await ask(foo)).token), COMPLETES)
  t.match(await kept(), { permissions: ['foo'], expiresAt: null })
  wait(1e12)
  t.strictSame(await ask(foo), COMPLETES)
})

t.test('G8 consent: expiring is kept and asks again when its time is over', async (t) => {
  const { ask, give, wait } = await consenting(t, { mode: 'expiring', consentExpireIn: 'seconds=1' })
  await give((await ask(foo)).token)
  t.strictSame(await ask(foo), COMPLETES)
  wait(1001)
  t.match(await ask(foo), { component: CONSENT, permissions: [foo], additional_permissions: [] })
})

t.test('G8 consent: more permissions are shown apart from those that were given, and all are kept', async (t) => {
  const { ask, give, kept } = await consenting(t, { mode: 'permanent' })
  await give((await ask(foo)).token)
  const more = await ask(foo, bar)
  t.match(more, { permissions: [foo], additional_permissions: [bar] })
  t.strictSame(await give(more.token), COMPLETES)
  t.strictSame((await kept())?.permissions, ['foo', 'bar'])
  t.strictSame(await ask(foo, bar), COMPLETES)
})

t.test('G17 redirect: to its URL, to a flow with the context or without, or where the context says', async (t) => {
  const target = flowOf([dummy('arrived')], { slug: 'target', name: 'target' })
  const to = (slug: string, options: StageOptionsByKind['redirect']) => flowOf([stage('redirect', slug, options)], { slug, name: slug })
  const visitor = await visit(t, define(
    target, to('url', { mode: 'static', targetStatic: 'https://elsewhere.example/' }), to('keep', { mode: 'flow', targetFlow: target }),
    to('lose', { mode: 'flow', targetFlow: target, keepContext: false })))
  const arrived = { component: 'xak-flow-redirect', to: '/if/flow/target/' }
  t.strictSame(await visitor.see('url'), { component: 'xak-flow-redirect', to: 'https://elsewhere.example/' })
  t.strictSame(await visitor.begin('keep', { foo: 'bar' }), arrived)
  t.match((await visitor.inspected('target')).current_plan?.plan_context, { foo: 'bar', is_redirected: 'keep' })
  t.strictSame(await visitor.begin('lose', { foo: 'bar' }), arrived)
  t.strictSame((await visitor.inspected('target')).current_plan?.plan_context, { is_redirected: 'lose' })
  t.strictSame(await visitor.begin('url', { redirect_stage_target: '/there' }), { component: 'xak-flow-redirect', to: '/there' })
  t.strictSame(await visitor.begin('url', { redirect_stage_target: 'ak-flow://target' }), arrived)
  t.strictSame(await visitor.begin('url', { redirect_stage_target: 'ak-flow://missing' }),
    { component: 'xak-flow-redirect', to: 'https://elsewhere.example/' })
  t.match(await visitor.begin('url', { redirect_stage_target: 'javascript:alert(1)' }), denial('Unknown error'))
})
