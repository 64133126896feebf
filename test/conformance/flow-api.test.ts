import t from 'tap'
import {
  builtInPolicyKinds, builtInStageKinds, define, loadBlueprints, policy, prompt, stage, type Definitions
} from '../../plugins/index.js'
import { admin } from '../flows.js'
import { COMPLETES, constant, flowOf, visit } from './visitor.js'

/* The original's own tests of the flow API, by the letters that test/README.md explains. */

const dummy = (name: string) => stage('dummy', name)
const names = { slug: 'test-default-context', name: 'test-default-context' }

t.test('A2 a dummy stage is shown with its form\'s component and its name', async (t) => {
  const visitor = await visit(t, define(flowOf([dummy('a')])))
  await visitor.see('flow')
  t.match((await visitor.inspected('flow')).current_plan?.current_stage.stage_obj, {
    component: 'ak-stage-dummy-form',
    verbose_name: 'Dummy Stage',
    verbose_name_plural: 'Dummy Stages',
    meta_model_name: 'authentik_stages_dummy.dummystage'
  })
})

t.test('A4 the diagram of a flow with two stages and a policy', async (t) => {
  const visitor = await visit(t, define(flowOf([
    dummy('dummy1'), { stage: dummy('dummy2'), policies: [constant('dummy2-policy', true)] }
  ], names)))
  t.strictSame((await visitor.request('GET', '/api/v3/flows/instances/test-default-context/diagram/')).json(), {
    diagram: `graph TD
flow_start[["Flow
test-default-context"]]
--> stage_0(["Stage (Dummy Stage)
dummy1"])
stage_1_policy_0 --Policy passed--> stage_1(["Stage (Dummy Stage)
dummy2"])
stage_0 --> stage_1_policy_0{{"Policy (Dummy Policy)
dummy2-policy"}}
stage_1 --> done[["End of the flow"]]`
  })
})

t.test('A5 the diagram of a flow without stages', async (t) => {
  const visitor = await visit(t, define(flowOf([], names)))
  t.strictSame((await visitor.request('GET', '/api/v3/flows/instances/test-default-context/diagram/')).json(), {
    diagram: 'graph TD\nflow_start[["Flow\ntest-default-context"]]\nflow_start --> done[["End of the flow"]]'
  })
})

t.test('A7 execute answers with the link of the flow\'s page, and where the flow does not apply with why', async (t) => {
  const visitor = await visit(t, define(
    flowOf([dummy('a')]), flowOf([dummy('b')], { slug: 'refused', name: 'refused', policies: [constant('no', false)] })))
  const started = await visitor.request('GET', '/api/v3/flows/instances/flow/execute/')
  t.equal(started.statusCode, 200)
  t.match(started.json(), { link: /^http:\/\/localhost(:80)?\/if\/flow\/flow\/$/ })
  const refused = await visitor.request('GET', '/api/v3/flows/instances/refused/execute/')
  t.equal(refused.statusCode, 400)
  t.strictSame(refused.json(), { detail: 'Flow not applicable to current user/request: dummy' })
})

t.test('A7 execute of an empty flow is no error of the server', async (t) => {
  const visitor = await visit(t, define(flowOf([])))
  const started = await visitor.request('GET', '/api/v3/flows/instances/flow/execute/')
  t.equal(started.statusCode, 200)
  t.match(started.json(), { link: /\/if\/flow\/flow\/$/ })
})

t.test('A9 A10 every kind of stage has a component and acts, or shows a challenge and judges answers', async (t) => {
  for (const kind of builtInStageKinds) {
    t.match(kind.component, /^ak-stage-[a-z-]+$/)
    t.match(kind.formComponent, /^ak-stage-[a-z-]+-form$/)
    t.ok(kind.respond === undefined ? kind.enter : kind.challenge, kind.kind)
  }
})

t.test('A14 a run of another flow does not stand in the way of the sign-in page', async (t) => {
  const visitor = await visit(t, define(
    flowOf([dummy('a')]), flowOf([dummy('b')], { slug: 'enter', name: 'enter', designation: 'authentication' })),
  {}, { routes: (app) => { app.get('/private', { preHandler: app.requireSignIn }, async () => 'private') } })
  await visitor.see('flow')
  const sent = await visitor.request('GET', '/private', undefined, { accept: 'text/html' })
  t.equal(sent.statusCode, 302)
  t.equal(sent.headers.location, '/if/flow/enter/?next=%2Fprivate')
  t.match(await visitor.see('enter'), { name: 'b' })
})

t.test('A15 A16 the background is the stock image, or what the flow states, in list, challenge and inspector', async (t) => {
  const stated = 'https://images.example/one.jpg'
  const visitor = await visit(t, define(
    flowOf([dummy('a')]), flowOf([dummy('b')], { slug: 'stated', name: 'stated', background: stated })))
  for (const [slug, background] of [['flow', '/static/dist/assets/images/flow_background.jpg'], ['stated', stated]] as const) {
    t.match(await visitor.see(slug), { flow_info: { background } })
    t.match((await visitor.request('GET', `/api/v3/flows/instances/${slug}/`)).json(), { background })
    const { current_plan: plan } = await visitor.inspected(slug)
    t.match(plan?.current_stage.stage_obj.flow_set, [{ slug, background }])
  }
})

/** A flow with policies and prompts, as the original's tests of its transfer have them. */
const transferred: Definitions = define(admin, flowOf([
  {
    stage: stage('prompt', 'ask', {
      fields: [prompt('username', { fieldKey: 'username', label: 'Username', type: 'username' })],
      validationPolicies: [policy('expression', 'long', { expression: 'size(context.prompt_data.username) > 3', language: 'cel' })]
    }),
    policies: [constant('yes', true)]
  },
  dummy('after')
], { policies: [policy('expression', 'open', { expression: 'true', language: 'cel' })] }))

t.test('A23 Y3 Y6 Y7 what is exported over HTTP loads again, and is walked the same', async (t) => {
  const visitor = await visit(t, transferred)
  const exported = await visitor.request('GET', '/api/v3/flows/instances/flow/export/')
  t.equal(exported.headers['content-type'], 'application/x-yaml')
  const { definitions } = loadBlueprints([{ path: 'exported.yaml', text: exported.body }],
    { stageKinds: builtInStageKinds, policyKinds: builtInPolicyKinds })
  const again = await visit(t, definitions)
  for (const one of [visitor, again]) {
    t.match(await one.see('flow'), { component: 'ak-stage-prompt', fields: [{ field_key: 'username' }] })
    t.match(await one.answer('flow', 'ak-stage-prompt', { username: 'bob' }), { response_errors: { non_field_errors: [{ code: 'invalid' }] } })
    t.match(await one.answer('flow', 'ak-stage-prompt', { username: 'robert' }), { name: 'after' })
    t.strictSame(await one.pass('flow'), COMPLETES)
  }
})
