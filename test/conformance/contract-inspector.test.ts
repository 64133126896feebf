import { createHash } from 'node:crypto'
import { Value } from '@sinclair/typebox/value'
import t from 'tap'
import {
  define, InspectionSchema, joinDefinitions, ModelReference, Opaque, prompt, Sensitive, stage, type Inspection,
  type PolicyFunction
} from '../../plugins/index.js'
import { dummies, PASSWORD, signInAndOut } from '../flows.js'
import { constant, flowOf, functionPolicy, visit } from './visitor.js'

/* What the contract promises of the inspector and of what is shown, sentence by sentence, over HTTP. */

const dummy = (name: string) => stage('dummy', name)
const passedStages = ({ plans }: Inspection) => plans.map(({ current_stage: binding }) => binding.stage_obj.name)

t.test('frames: one for each stage passed, with that stage\'s own writes, none for a refusal or a stage left out', async (t) => {
  const text = prompt('text', { fieldKey: 'text', label: 'Text', type: 'text' })
  const visitor = await visit(t, define(flowOf([
    { stage: dummy('left out'), evaluateOnPlan: true, policies: [constant('no', false)] },
    stage('prompt', 'ask', { fields: [text] }),
    { stage: dummy('taken out'), policies: [constant('no', false)] },
    dummy('last')
  ])))
  await visitor.begin('flow', { given: 1 })
  await visitor.answer('flow', 'ak-stage-prompt', {})
  t.strictSame((await visitor.inspected('flow')).plans, [])
  await visitor.answer('flow', 'ak-stage-prompt', { text: 'typed' })
  const { plans: [frame], current_plan: current } = await visitor.inspected('flow')
  t.match(frame, {
    current_stage: { stage_obj: { name: 'ask' } },
    next_planned_stage: { stage_obj: { name: 'taken out' } },
    plan_context: { given: 1, prompt_data: { text: 'typed' } }
  }, 'the plan as it stood before the stage was taken off')
  t.equal(current?.current_stage.stage_obj.name, 'last')
  await visitor.pass('flow')
  const ended = await visitor.inspected('flow')
  t.strictSame(passedStages(ended), ['ask', 'last'])
  t.ok(Value.Check(InspectionSchema, ended))
})

t.test('frames: a fresh start clears the history, a restart inside a run keeps it', async (t) => {
  const visitor = await visit(t, define(flowOf([
    dummy('first'),
    {
      stage: stage('identification', 'who', { userFields: ['username'], pretendUserExists: false }), invalidResponseAction: 'restart'
    }
  ])))
  await visitor.see('flow')
  await visitor.pass('flow')
  t.match(await visitor.answer('flow', 'ak-stage-identification', { uid_field: 'nobody' }), { name: 'first' })
  t.strictSame(passedStages(await visitor.inspected('flow')), ['first'])
  await visitor.pass('flow')
  t.strictSame(passedStages(await visitor.inspected('flow')), ['first', 'first'])
  await visitor.begin('flow')
  t.strictSame(passedStages(await visitor.inspected('flow')), [])
})

t.test('session_id: the hash of the session\'s id, one for a session, another for another', async (t) => {
  const visitor = await visit(t, define(dummies('one', 'a'), dummies('two', 'a')))
  await visitor.see('one')
  await visitor.see('two')
  const other = visitor.another()
  await other.see('one')
  const idOf = async (browser: typeof visitor, slug: string) => (await browser.inspected(slug)).current_plan?.session_id
  const [id] = decodeURIComponent(visitor.cookie ?? '').split('.')
  t.equal(await idOf(visitor, 'one'), createHash('sha256').update(id ?? '').digest('hex'))
  t.equal(await idOf(visitor, 'two'), await idOf(visitor, 'one'))
  t.not(await idOf(other, 'one'), await idOf(visitor, 'one'))
})

t.test('stage_obj: every flow that uses the stage, with URLs that work', async (t) => {
  const shared = dummy('shared')
  const visitor = await visit(t, define(
    flowOf([shared], { slug: 'one', name: 'one' }), flowOf([shared], { slug: 'two', name: 'two' })), { pages: true })
  await visitor.see('one')
  const flows = (await visitor.inspected('one')).current_plan?.current_stage.stage_obj.flow_set ?? []
  t.strictSame(flows.map(({ slug }) => slug), ['one', 'two'])
  for (const { export_url: exported, background } of flows) {
    for (const url of [exported, background]) t.equal((await visitor.request('GET', url)).statusCode, 200, url)
  }
})

t.test('who may inspect: without a say of the host a superuser who is signed in', async (t) => {
  const visitor = await visit(t, joinDefinitions(signInAndOut, define(dummies('walk', 'a'))), { canInspect: () => false })
  await visitor.see('walk')
  const refused = await visitor.inspect('walk')
  t.equal(refused.statusCode, 403)
  t.match(refused.json(), { detail: String, code: String })
  await visitor.signIn('admin', PASSWORD)
  t.equal((await visitor.inspect('walk')).statusCode, 403, 'the host decides')
})

t.test('a run that ended without a frame, was denied, or was never begun has no plan', async (t) => {
  const visitor = await visit(t, define(flowOf([stage('deny', 'no')]), dummies('other', 'a')))
  await visitor.see('flow')
  for (const slug of ['flow', 'other']) {
    const response = await visitor.inspect(slug)
    t.equal(response.statusCode, 400)
    t.strictSame(response.json(), { detail: 'No flow plan in session.' })
  }
})

const MASK = '********************'

t.test('plan_context: secret keys are masked at any depth as a whole, harmless ones are not', async (t) => {
  const visitor = await visit(t, define(dummies('flow', 'a')))
  await visitor.begin('flow', {
    api: 1,
    Token: 'x',
    deep: { list: [{ my_key: { inner: true } }] },
    SECRETS: [1],
    passport: null,
    signature: false,
    http_cookie: 'x',
    passing: true,
    password_change_date: 'yesterday'
  })
  t.strictSame((await visitor.inspected('flow')).current_plan?.plan_context, {
    api: MASK,
    Token: MASK,
    deep: { list: [{ my_key: MASK }] },
    SECRETS: MASK,
    passport: MASK,
    signature: MASK,
    http_cookie: MASK,
    passing: true,
    password_change_date: 'yesterday'
  })
})

t.test('plan_context: users and models by a few members, dates as ISO 8601, what is no JSON as a short text', async (t) => {
  const visitor = await visit(t, signInAndOut)
  const admin = await visitor.user('admin')
  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  await visitor.begin('sign-in', {
    pending_user: admin ?? null,
    model: new ModelReference({ app: 'app', modelName: 'thing', pk: 'pk', name: 'A thing' }),
    date: new Date(0),
    bytes: new Uint8Array(3),
    fn: function notify () {},
    type: class Thing {},
    cycle,
    large: Array.from({ length: 5000 }, () => 'x'),
    typed: new Sensitive('typed'),
    opaque: new Opaque('what was there'),
    ...JSON.parse('{"__proto__": {"polluted": true}}')
  })
  const { plan_context: shown } = (await visitor.inspected('sign-in')).current_plan ?? {}
  t.match(shown, {
    pending_user: { pk: admin?.pk, username: 'admin', email: 'ada@example.com' },
    model: { app: 'app', model_name: 'thing', pk: 'pk', name: 'A thing' },
    date: '1970-01-01T00:00:00.000Z',
    bytes: '3 bytes',
    fn: 'function notify',
    type: 'class Thing',
    large: 'too large',
    typed: MASK,
    opaque: 'what was there'
  })
  t.strictSame(Object.keys(Object(shown?.['pending_user'])).sort(), ['email', 'pk', 'username'])
  t.match(JSON.stringify(shown?.['cycle']), /^.{1,200}$/)
  t.notOk('polluted' in {})
})

t.test('a stage that a policy puts next has a UUID of its own, the flow as target, and passes the published schema', async (t) => {
  const divert: PolicyFunction = ({ plan }) => {
    plan?.insertStage({ kind: 'dummy', name: 'inserted', options: {} })
    return true
  }
  const visitor = await visit(t, define(flowOf([{ stage: dummy('first'), policies: [functionPolicy('divert')] }, dummy('last')])),
    { policies: { divert } })
  await visitor.see('flow')
  t.match(await visitor.pass('flow'), { name: 'inserted' })
  const shown = await visitor.inspected('flow')
  t.ok(Value.Check(InspectionSchema, shown))
  const { current_stage: inserted } = shown.current_plan ?? {}
  t.equal(inserted?.target, visitor.app.flows.registry.flow('flow')?.flow.pk)
  t.match(inserted?.pk, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  t.match(await visitor.pass('flow'), { name: 'last' })
})
