import t from 'tap'
import { define, joinDefinitions, stage, type PolicyFunction } from '../../plugins/index.js'
import { dummies, PASSWORD, signInAndOut } from '../flows.js'
import { COMPLETES, constant, flowOf, functionPolicy, visit } from './visitor.js'

/* What the contract promises of planning and walking and no other test pins, sentence by sentence, over HTTP. */

const dummy = (name: string) => stage('dummy', name)
const DENIED = 'ak-stage-access-denied'
const IDENTIFICATION = 'ak-stage-identification'

t.test('planning: bindings by order, ties in the order in which they were added', async (t) => {
  const visitor = await visit(t, define(flowOf([
    { stage: dummy('b'), order: 1 }, { stage: dummy('c'), order: 1 }, { stage: dummy('a'), order: -1 }, { stage: dummy('d'), order: 1 }
  ])))
  const names = [(await visitor.see('flow')).name]
  for (let passed = 1; passed < 4; passed++) names.push((await visitor.pass('flow')).name)
  t.strictSame(names, ['a', 'b', 'c', 'd'])
})

t.test('planning: a binding whose policies would never be asked is refused when it is defined', async (t) => {
  t.throws(() => define(flowOf([{ stage: dummy('a'), evaluateOnPlan: false, reEvaluatePolicies: false }])),
    { code: 'FST_FLOW_DEFINITION', message: /Either evaluation on plan or evaluation on run must be enabled/ })
})

t.test('planning: a binding is asked again at its turn, and both times must pass', async (t) => {
  const answers: boolean[] = []
  const turns: PolicyFunction = () => answers.shift() ?? false
  const visitor = await visit(t, define(flowOf([
    dummy('first'), { stage: dummy('both'), evaluateOnPlan: true, reEvaluatePolicies: true, policies: [functionPolicy('turns')] }
  ])), { policies: { turns } })
  const walk = async (...says: readonly boolean[]) => {
    answers.splice(0, answers.length, ...says)
    const browser = visitor.another()
    await browser.see('flow')
    return await browser.pass('flow')
  }
  t.match(await walk(true, true), { name: 'both' })
  t.strictSame(await walk(true, false), COMPLETES)
  t.strictSame(await walk(false), COMPLETES)
})

t.test('walking: what a flow does when it does not apply is its denied_action', async (t) => {
  const refused = (deniedAction: 'message' | 'continue' | 'message_continue') =>
    flowOf([dummy('a')], { slug: deniedAction, name: deniedAction, deniedAction, policies: [constant('no', false)] })
  const visitor = await visit(t, define(refused('message'), refused('continue'), refused('message_continue')), { defaultRedirect: '/home' })
  const go = async (slug: string, query: string) => {
    const { component, to } = await visitor.another().see(slug, query)
    return component === DENIED ? 'denied' : to
  }
  t.strictSame([await go('message', ''), await go('message', 'next=/there')], ['denied', 'denied'])
  t.strictSame([await go('continue', ''), await go('continue', 'next=/there')], ['/home', '/there'])
  t.strictSame([await go('message_continue', ''), await go('message_continue', 'next=/there')], ['denied', '/there'])
})

t.test('walking: a run that restarts too often is denied', async (t) => {
  const flow = flowOf([{ stage: stage('deny', 'no'), invalidResponseAction: 'restart' }])
  const visitor = await visit(t, define(flow))
  t.match(await visitor.see('flow'), { component: DENIED, error_message: 'The flow was restarted too often.' })
  const asking = flowOf([{
    stage: stage('identification', 'who', { userFields: ['username'], pretendUserExists: false }), invalidResponseAction: 'restart'
  }])
  const patient = await visit(t, define(asking), { maxRestarts: 2 })
  await patient.see('flow')
  const wrong = async () => (await patient.answer('flow', IDENTIFICATION, { uid_field: `nobody ${Math.random()}` })).component
  t.strictSame([await wrong(), await wrong(), await wrong()], [IDENTIFICATION, IDENTIFICATION, DENIED])
})

t.test('walking: restart begins with the context of the start, restart_with_context with the one of the end', async (t) => {
  for (const action of ['restart', 'restart_with_context'] as const) {
    const visitor = await visit(t, define(flowOf([{
      stage: stage('identification', 'who', { userFields: ['username'], pretendUserExists: false }), invalidResponseAction: action
    }])))
    await visitor.begin('flow', { given: 1 })
    await visitor.answer('flow', IDENTIFICATION, { uid_field: 'nobody' })
    const { plan_context: context } = (await visitor.inspected('flow')).current_plan ?? {}
    t.equal(context?.['given'], 1)
    t.equal('pending_user_identifier' in Object(context), action === 'restart_with_context')
  }
})

t.test('walking: a run has an age limit; an answer that comes after it starts the flow again with a message', async (t) => {
  let now = Date.UTC(2024, 8, 1)
  const visitor = await visit(t, define(dummies('flow', 'a', 'b')), { now: () => now })
  await visitor.see('flow')
  await visitor.pass('flow')
  now += 30 * 60_000 - 1
  t.match(await visitor.see('flow'), { name: 'flow b' })
  now += 1
  const late = await visitor.post('flow', { component: 'ak-stage-dummy' })
  t.equal(late.statusCode, 200)
  t.match(late.json(), { name: 'flow a', response_errors: { non_field_errors: [{ code: 'restarted' }] } })
  now += 30 * 60_000
  t.match(await visitor.see('flow'), { name: 'flow a' })
})

t.test('walking: a run goes on with the definition that it began with', async (t) => {
  const visitor = await visit(t, define(dummies('flow', 'a', 'b')))
  await visitor.see('flow')
  visitor.app.flows.replaceDefinitions(define(dummies('flow', 'x')))
  t.match(await visitor.see('flow'), { name: 'flow a' })
  t.match(await visitor.pass('flow'), { name: 'flow b' })
  t.strictSame(await visitor.pass('flow'), COMPLETES)
  t.equal((await visitor.inspect('flow')).statusCode, 200)
  t.match(await visitor.see('flow'), { name: 'flow x' })
})

t.test('walking: signing in and out ends the runs of other flows', async (t) => {
  const visitor = await visit(t, joinDefinitions(signInAndOut, define(dummies('walk', 'a', 'b'))))
  const onSecond = async () => {
    await visitor.see('walk')
    await visitor.pass('walk')
  }
  await onSecond()
  await visitor.signIn('admin', PASSWORD)
  t.match(await visitor.see('walk'), { name: 'walk a' })
  t.equal((await visitor.inspected('sign-in')).is_completed, true, 'the run that did it is there')
  await onSecond()
  await visitor.see('sign-out')
  t.match(await visitor.see('walk'), { name: 'walk a' })
})

t.test('walking: cancel ends the runs of the session and keeps their history', async (t) => {
  const visitor = await visit(t, define(dummies('one', 'a', 'b'), dummies('two', 'a', 'b')))
  for (const slug of ['one', 'two']) {
    await visitor.see(slug)
    await visitor.pass(slug)
  }
  t.equal((await visitor.request('GET', '/flows/-/cancel/')).statusCode, 302)
  for (const slug of ['one', 'two']) {
    t.match(await visitor.inspected(slug), { is_completed: true, plans: [{ current_stage: { stage_obj: { name: `${slug} a` } } }] })
  }
})

t.test('walking: next is a path of the same origin, however it is written', async (t) => {
  const visitor = await visit(t, define(flowOf([])))
  const elsewhere = [
    '//evil.example', '///evil.example', '/\\evil.example', '\\\\evil.example', '/\t/evil.example', '\n//evil.example', 'http:evil.example',
    'http:///evil.example', 'javascript:alert(1)', 'JavaScript:alert(1)', 'data:text/html,x', '/%2F/evil.example', '/%2fevil.example/..//x',
    '/%5Cevil.example', 'https://evil.example', 'evil.example', '/%09/evil.example'
  ]
  for (const next of elsewhere) {
    const query = new URLSearchParams({ next }).toString()
    t.match(await visitor.another().see('flow', query), { component: DENIED, error_message: 'Invalid next URL' }, next)
  }
  for (const next of ['/', '/a/b?c=//d#e', '/a%20b']) {
    const query = new URLSearchParams({ next }).toString()
    t.strictSame(await visitor.another().see('flow', query), { component: 'xak-flow-redirect', to: next })
  }
})

t.test('walking: a policy may redirect, and the flow ends there', async (t) => {
  const away: PolicyFunction = ({ plan }) => {
    plan?.redirect('/elsewhere')
    return true
  }
  const visitor = await visit(t, define(flowOf([{ stage: dummy('a'), policies: [functionPolicy('away')] }, dummy('b')])), { policies: { away } })
  await visitor.see('flow')
  t.strictSame(await visitor.pass('flow'), { component: 'xak-flow-redirect', to: '/elsewhere' })
})

t.test('walking: a GET starts a run and changes nothing after that', async (t) => {
  const visitor = await visit(t, define(dummies('flow', 'a', 'b')))
  const first = await visitor.get('flow')
  t.ok('set-cookie' in first.headers)
  const before = await visitor.inspected('flow')
  const second = await visitor.get('flow', 'next=/elsewhere')
  t.notOk('set-cookie' in second.headers)
  t.strictSame(await visitor.inspected('flow'), before)
  await visitor.pass('flow')
  t.strictSame(await visitor.answer('flow', 'ak-stage-dummy', { more: 1 }), COMPLETES, 'the query of a GET is not kept')
})
