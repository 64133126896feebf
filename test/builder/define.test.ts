import { Type } from '@sinclair/typebox'
import t from 'tap'
import { loadBlueprints } from '../../lib/blueprint/load.js'
import { createDefine, define, defineFlow, group, policy, prompt, stage, user } from '../../lib/builder/define.js'
import type { FlowFields, FlowSpec } from '../../lib/builder/specs.js'
import type { Definitions } from '../../lib/model/definitions.js'
import { flowKey, groupKey, stageKey, userKey } from '../../lib/model/identity.js'
import { Reference } from '../../lib/model/scalars.js'
import { builtInPolicyKinds } from '../../lib/policies/kinds/index.js'
import type { PolicyKind } from '../../lib/policies/policy-kind.js'
import { builtInStageKinds } from '../../lib/stages/index.js'
import { passed } from '../../lib/stages/stage-result.js'
import type { StageKind } from '../../lib/stages/stage-kind.js'

const KINDS = { stageKinds: builtInStageKinds, policyKinds: builtInPolicyKinds }

const login = { slug: 'login', name: 'Login', title: 'Welcome', designation: 'authentication' } as const

/** By key, and without where things were stated: only blueprints have places. */
const byKey = ({ places: _stated, ...definitions }: Definitions) => {
  const tables = Object.entries(definitions).map(([table, list]) => [
    table, Object.fromEntries(list.map((item: { pk?: string, uuid?: string }) => [item.pk ?? item.uuid, item]))
  ])
  return Object.fromEntries(tables)
}

t.test('define: code and blueprint that say the same come to the same definitions', async (t) => {
  const staff = group('staff', { isSuperuser: true })
  const admins = group('admins', { parent: staff, attributes: { snake_case: 1 } })
  const ann = user('ann', { name: 'Ann', email: 'ann@example.org', password: 'a secret', groups: [admins] })
  const change = defineFlow({ slug: 'change', name: 'Change', title: 'Change', designation: 'stage_configuration' })
  const never = policy('dummy', 'never', { result: false, executionLogging: true })
  const flow = defineFlow({
    ...login,
    authentication: 'require_unauthenticated',
    policies: [admins, { user: ann, order: 5, negate: true }, { policy: never, timeout: 3, failureResult: true, enabled: false }],
    stages: [
      stage('identification', 'who', { userFields: ['email'], passwordStage: stage('password', 'secret', { configureFlow: change }) }),
      {
        stage: stage('prompt', 'ask', {
          fields: [prompt('city', { fieldKey: 'city', label: 'City', type: 'text', required: false })],
          validationPolicies: [never]
        }),
        order: 50,
        evaluateOnPlan: true,
        reEvaluatePolicies: false,
        policyEngineMode: 'all',
        invalidResponseAction: 'restart',
        policies: [never, { group: groupKey('admins') }]
      },
      { stage: stage('user_login', 'in') }
    ]
  })
  const text = `
entries:
- {model: authentik_core.group, id: staff, identifiers: {name: staff}, attrs: {is_superuser: true}}
- {model: authentik_core.group, id: admins, identifiers: {name: admins}, attrs: {parent: !KeyOf staff, attributes: {snake_case: 1}}}
- {model: authentik_core.user, id: ann, identifiers: {username: ann}, attrs: {name: Ann, email: ann@example.org, password: a secret, groups: [!KeyOf admins]}}
- {model: authentik_flows.flow, id: change, identifiers: {slug: change}, attrs: {name: Change, title: Change, designation: stage_configuration}}
- {model: authentik_policies_dummy.dummypolicy, id: never, identifiers: {name: never}, attrs: {result: false, execution_logging: true}}
- {model: authentik_stages_password.passwordstage, id: secret, identifiers: {name: secret}, attrs: {configure_flow: !KeyOf change}}
- {model: authentik_stages_identification.identificationstage, id: who, identifiers: {name: who}, attrs: {user_fields: [email], password_stage: !KeyOf secret}}
- {model: authentik_stages_prompt.prompt, id: city, identifiers: {name: city}, attrs: {field_key: city, label: City, type: text, required: false}}
- {model: authentik_stages_prompt.promptstage, id: ask, identifiers: {name: ask}, attrs: {fields: [!KeyOf city], validation_policies: [!KeyOf never]}}
- {model: authentik_stages_user_login.userloginstage, id: in, identifiers: {name: in}}
- {model: authentik_flows.flow, id: login, identifiers: {slug: login}, attrs: {name: Login, title: Welcome, designation: authentication, authentication: require_unauthenticated}}
- {model: authentik_flows.flowstagebinding, identifiers: {target: !KeyOf login, stage: !KeyOf who, order: 10}}
- {model: authentik_flows.flowstagebinding, id: asked, identifiers: {target: !KeyOf login, stage: !KeyOf ask, order: 50}, attrs: {evaluate_on_plan: true, re_evaluate_policies: false, policy_engine_mode: all, invalid_response_action: restart}}
- {model: authentik_flows.flowstagebinding, identifiers: {target: !KeyOf login, stage: !KeyOf in, order: 60}}
- {model: authentik_policies.policybinding, identifiers: {target: !KeyOf login, group: !KeyOf admins, order: 10}}
- {model: authentik_policies.policybinding, identifiers: {target: !KeyOf login, user: !KeyOf ann, order: 5}, attrs: {negate: true}}
- {model: authentik_policies.policybinding, identifiers: {target: !KeyOf login, policy: !KeyOf never, order: 15}, attrs: {timeout: 3, failure_result: true, enabled: false}}
- {model: authentik_policies.policybinding, identifiers: {target: !KeyOf asked, policy: !KeyOf never, order: 10}}
- {model: authentik_policies.policybinding, identifiers: {target: !KeyOf asked, group: !KeyOf admins, order: 20}}
`
  const coded = define(flow)
  t.strictSame(byKey(coded), byKey(loadBlueprints([{ path: 'same.yaml', text }], KINDS).definitions))
  t.equal(coded.bindings.length, 3)
  t.equal(coded.policyBindings.length, 5)
})

t.test('define: what is shared is there once, whatever refers to it', async (t) => {
  const shared = stage('dummy', 'shared')
  const again = () => stage('dummy', 'twin', { throwError: false })
  const other: FlowFields = { slug: 'other', name: 'Other', title: 'Other', designation: 'recovery' }
  const definitions = define(
    defineFlow({ ...login, stages: [shared, shared, again()] }),
    defineFlow({ ...other, stages: [{ stage: shared }, { stage: again() }, { stage: stageKey('authentik_stages_dummy.dummystage', 'shared'), order: 7 }] }),
    user('ann'),
    group('alone')
  )
  t.strictSame(definitions.stages.map(({ name }) => name), ['shared', 'twin'])
  t.strictSame(definitions.bindings.map(({ target, order }) => [target, order]), [
    [flowKey('login'), 10], [flowKey('login'), 20], [flowKey('login'), 30],
    [flowKey('other'), 10], [flowKey('other'), 20], [flowKey('other'), 7]
  ])
  t.match(definitions.users, [{ uuid: userKey('ann'), password: null, isActive: true }])
  t.match(definitions.groups, [{ pk: groupKey('alone'), parent: null }])
})

t.test('define: flows may refer to each other by key', async (t) => {
  const secret = stage('password', 'secret', { configureFlow: flowKey('login') })
  const definitions = define(defineFlow({ ...login, stages: [secret] }))
  t.equal(definitions.stages[0]?.options.configureFlow, definitions.flows[0]?.pk)
})

const greetOptions = Type.Object({ greeting: Type.String({ minLength: 1 }), then: Type.Optional(Reference('flow')) })

const greet = {
  kind: 'greet',
  model: 'my_app.greetstage',
  component: 'greet',
  formComponent: 'greet-form',
  verboseName: 'Greeting',
  verboseNamePlural: 'Greetings',
  options: greetOptions,
  enter: () => passed()
} satisfies StageKind<typeof greetOptions>

const luckOptions = Type.Object({ chance: Type.Number({ maximum: 1, default: 0.5 }) })

const luck: PolicyKind<typeof luckOptions> = {
  kind: 'luck',
  model: 'my_app.luckpolicy',
  component: 'luck-form',
  verboseName: 'Luck',
  verboseNamePlural: 'Lucks',
  options: luckOptions,
  prepare: () => ({ pure: false, evaluate: () => true })
}

t.test('createDefine: a host uses kinds of its own, as objects or by name', async (t) => {
  const other = defineFlow({ slug: 'other', name: 'Other', title: 'Other', designation: 'recovery' })
  const hello = stage(greet, 'hello', { greeting: 'Hi', then: other })
  const flow = defineFlow({ ...login, policies: [policy(luck, 'coin')], stages: [hello] })
  const definitions = createDefine({ stageKinds: [greet], policyKinds: [luck] })(flow)
  t.match(definitions.stages, [{
    pk: stageKey('my_app.greetstage', 'hello'), kind: 'greet', options: { greeting: 'Hi', then: flowKey('other') }
  }])
  t.match(definitions.policies, [{ kind: 'luck', executionLogging: false, options: { chance: 0.5 } }])
  t.strictSame(define(flow), definitions)
})

t.test('define: a mistake names flow, binding and field', async (t) => {
  const fails = (spec: FlowSpec, message: RegExp) =>
    t.throws(() => define(spec), { code: 'FST_FLOW_DEFINITION', message }, message.source)
  const dummy = stage('dummy', 'dull')
  const withStage = (entry: NonNullable<FlowFields['stages']>[number]) => defineFlow({ ...login, stages: [dummy, entry] })
  // What JavaScript, JSON or a computed value may hold where TypeScript would have refused it.
  const untyped = (value: object) => JSON.parse(JSON.stringify(value))

  fails(defineFlow({ ...login, slug: 'a b' }), /^flow 'a b': 'slug' must be text of at most 50 characters matching/)
  fails(defineFlow(untyped({ slug: 'login' })), /^flow 'login': 'name' is missing; it must be text that is not blank$/)
  fails(defineFlow(untyped({ ...login, layuot: 'stacked' })), /^flow 'login': 'layuot' is not known here, there are name, slug, title,/)
  fails(withStage({ stage: dummy, evaluateOnPlan: false, reEvaluatePolicies: false }),
    /^flow 'login', stage binding 2 \(stage 'dull', order 20\): Either evaluation on plan or/)
  fails(withStage({ stage: dummy, order: 1.5 }), /stage binding 2 \(stage 'dull', order 1\.5\): 'order' must be a whole/)
  fails(withStage({ stage: 'dull' }), /stage binding 2 \(order 20\): 'stage' must be a reference to a stage \(its primary key\)$/)
  fails(withStage({ stage: dummy, order: 10 }),
    /stage binding 2 .*is the same as flow 'login', stage binding 1 \(stage 'dull', order 10\): change its order$/)
  fails(withStage({ stage: dummy, policies: [{ policy: policy('dummy', 'p', { waitMin: -1 }) }] }),
    /^flow 'login', stage binding 2 \(.*\), policy binding 1, field 'policy', policy 'p': 'waitMin' must be a whole/)
  fails(withStage({ stage: dummy, policies: [{ group: group('g'), timeout: -1 }] }), /policy binding 1: 'timeout' must be a whole/)
  fails(withStage({ stage: dummy, policies: [untyped({ negate: true })] }),
    /policy binding 1: One of 'policy', 'group' or 'user' must be set\.$/)
  fails(withStage({ stage: dummy, policies: [untyped({ user: 1, group: groupKey('g') })] }), /Only one of 'policy', 'group' or 'user'/)
  fails(withStage(untyped({ stage: 'x', stages: [] })), /'stages' is not known here/)
  fails(withStage(stage('password', 'p', untyped({ failedAttempts: 3 }))),
    /stage binding 2 .*, field 'stage', stage 'p': 'failedAttempts' is not known here, there are backends,/)
  fails(withStage(stage('dummy', 'dull', { throwError: true })),
    /stage 'dull': is different from the one of the same name at flow 'login', stage binding 1/)
  fails(withStage(stage('deny', 'dull')), /stage 'dull': has the same name as .*, which is of another kind$/)
  fails(withStage(stage(greet, 'hello')), /stage 'hello': 'greeting' is missing; it must be text that is not blank$/)
})

t.test('define: the wrong kind of thing in a field is refused', async (t) => {
  const fails = (spec: FlowSpec, message: RegExp) =>
    t.throws(() => define(spec), { code: 'FST_FLOW_DEFINITION', message }, message.source)
  const dummy = stage('dummy', 'dull')
  fails(defineFlow({ ...login, stages: [stage(greet, 'hello', { greeting: 'Hi', then: dummy })] }),
    /stage 'hello', field 'then': must be a flow, not a stage$/)
  fails(defineFlow({ ...login, policies: [{ ...{ user: 1 }, ...Object.fromEntries([['user', dummy]]) }] }),
    /policy binding 1, field 'user': must be a user, not a stage$/)
  const helpless = Object.fromEntries([['greeting', () => 'hi']])
  fails(defineFlow({ ...login, stages: [stage(greet, 'hello', helpless)] }), /'greeting' must be plain data/)
  t.throws(() => createDefine({ stageKinds: [greet], policyKinds: [] })(dummy), {
    code: 'FST_FLOW_DEFINITION', message: "stage 'dull': there is no stage kind 'dummy', there are greet"
  })
})
