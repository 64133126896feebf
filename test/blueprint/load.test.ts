import t from 'tap'
import { Type } from '@sinclair/typebox'
import { loadBlueprints, type BlueprintOptions } from '../../lib/blueprint/load.js'
import { derivedKey } from '../../lib/model/keys.js'
import { flowKey, policyBindingModelKey, stageBindingKey, stageKey, userKey } from '../../lib/model/identity.js'
import { Count, Nullable, Reference, StringEnum } from '../../lib/model/scalars.js'
import type { PolicyKind } from '../../lib/policies/policy-kind.js'
import { passed } from '../../lib/stages/stage-result.js'
import type { StageKind } from '../../lib/stages/stage-kind.js'

const STEP = 'authentik_stages_step.stepstage'
const RULE = 'authentik_policies_rule.rulepolicy'

const step: StageKind = {
  kind: 'step',
  model: STEP,
  component: 'step',
  formComponent: 'step-form',
  verboseName: 'Step',
  verboseNamePlural: 'Steps',
  options: Type.Object({
    loud: Type.Boolean({ default: false }),
    ratio: Type.Number({ default: 1, minimum: 0 }),
    pair: Type.Array(Type.Integer({ maximum: 9 }), { minItems: 2, maxItems: 2, default: [1, 2] }),
    odd: Type.Optional(Type.Not(Type.Unknown())),
    deep: Type.Object({ a: Type.Literal('x') }, { additionalProperties: false, default: { a: 'x' } }),
    tries: Count({ default: 3 }),
    mode: StringEnum(['soft', 'hard'] as const, { default: 'soft' }),
    label: Type.String({ default: '', maxLength: 5 }),
    next: Nullable(Reference('flow'), { default: null }),
    fields: Type.Array(Reference('prompt'), { default: [] }),
    extra: Type.Record(Type.String(), Type.Unknown(), { default: {} })
  }),
  enter: () => passed()
}

const rule: PolicyKind = {
  kind: 'rule',
  model: RULE,
  component: 'rule-form',
  verboseName: 'Rule',
  verboseNamePlural: 'Rules',
  options: Type.Object({ result: Type.Boolean({ default: true }), members: Type.Optional(Reference('group')) }),
  prepare: ({ options }) => ({ pure: true, evaluate: () => options.result === true })
}

const KINDS = { stageKinds: [step], policyKinds: [rule] }

function load (text: string, options: Partial<BlueprintOptions> = {}) {
  return loadBlueprints([{ path: 'flows.yaml', text }], { ...KINDS, ...options })
}

/** The text with its common indentation and the first line's break taken away. */
function yaml ([text = '']: TemplateStringsArray): string {
  const lines = text.replace(/^\n/, '').split('\n')
  const indent = Math.min(...lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)))
  return lines.map((line) => line.slice(indent)).join('\n')
}

/** A blueprint of entries only. */
const entries = (parts: TemplateStringsArray) => `version: 1\nentries:\n${yaml(parts)}`

const FLOW = `
- model: authentik_flows.flow
  id: flow
  identifiers: {slug: login}
  attrs: {name: Login, title: Welcome, designation: authentication}
`

const inFlow = (parts: TemplateStringsArray) => `version: 1\nentries:${FLOW}${yaml(parts)}`

function refuses (text: string, message: RegExp, options: Partial<BlueprintOptions> = {}) {
  t.throws(() => load(text, options), { code: 'FST_FLOW_BLUEPRINT', message }, message.source)
}

/** The attributes of the only group of a blueprint whose attributes are the text. */
function valueOf (text: string, options: Partial<BlueprintOptions> = {}, head = ''): unknown {
  const { definitions } = load(
    `${head}\nentries:\n- model: authentik_core.group\n  identifiers: {name: g}\n  attrs:\n    attributes:\n      v: ${text}\n`, options)
  return definitions.groups[0]?.attributes.v
}

function valueFails (text: string, message: RegExp, options: Partial<BlueprintOptions> = {}) {
  t.throws(() => valueOf(text, options), { code: 'FST_FLOW_BLUEPRINT', message }, text)
}

t.test('loadBlueprints: a whole flow becomes definitions with defaults, derived keys and code names', async (t) => {
  const { definitions, warnings } = load(inFlow`
    - model: authentik_stages_prompt.prompt
      id: field
      identifiers: {name: a-field}
      attrs: {field_key: email, label: E-mail, type: email, sub_text: hi}
    - model: Authentik_Stages_Step.StepStage
      id: first
      identifiers: {name: first}
      attrs: {loud: yes, fields: [!KeyOf field], next: !KeyOf flow, extra: {snake_case: 1}}
    - model: authentik_stages_step.stepstage
      id: second
      identifiers: {name: second}
    - model: authentik_flows.flowstagebinding
      id: binding
      identifiers: {order: 10, stage: !KeyOf first, target: !KeyOf flow}
      attrs: {evaluate_on_plan: true, re_evaluate_policies: false}
    - model: authentik_flows.flowstagebinding
      identifiers: {order: 20, stage: !KeyOf second, target: !KeyOf flow}
    - model: authentik_policies_rule.rulepolicy
      id: rule
      identifiers: {name: a-rule}
      attrs: {execution_logging: true}
    - model: authentik_core.group
      id: admins
      identifiers: {name: admins}
      attrs: {is_superuser: true}
    - model: authentik_core.user
      id: ann
      identifiers: {username: ann}
      attrs: {name: Ann, password: correct horse, groups: [!KeyOf admins]}
    - model: authentik_policies.policybinding
      identifiers: {order: 0, target: !KeyOf binding, policy: !KeyOf rule}
      attrs: {failure_result: false}
    - model: authentik_policies.policybinding
      identifiers: {order: 1, target: !KeyOf flow, group: !KeyOf admins}
    - model: authentik_policies.policybinding
      identifiers: {order: 2, target: !KeyOf flow, user: !KeyOf ann}
    - model: authentik_policies.policybinding
      identifiers: {order: 3, target: !KeyOf flow, user: 7}
      permissions: [{permission: view}]
  `)
  const flow = flowKey('login')
  const first = stageKey(STEP, 'first')
  t.strictSame(definitions.flows, [{
    pk: derivedKey('authentik_flows.flow', 'login'),
    policybindingmodelPtrId: derivedKey('authentik_flows.flow.policybindingmodel', flow),
    name: 'Login',
    slug: 'login',
    title: 'Welcome',
    designation: 'authentication',
    layout: 'stacked',
    background: null,
    compatibilityMode: false,
    deniedAction: 'message_continue',
    authentication: 'none',
    policyEngineMode: 'any'
  }])
  t.strictSame(definitions.stages[0], {
    pk: first,
    name: 'first',
    kind: 'step',
    options: {
      loud: true,
      ratio: 1,
      pair: [1, 2],
      deep: { a: 'x' },
      tries: 3,
      mode: 'soft',
      label: '',
      next: flow,
      fields: [definitions.prompts[0]?.pk],
      extra: { snake_case: 1 }
    }
  })
  t.strictSame(definitions.bindings[0], {
    pk: stageBindingKey(flow, first, 10),
    policybindingmodelPtrId: policyBindingModelKey('authentik_flows.flowstagebinding', stageBindingKey(flow, first, 10)),
    target: flow,
    stage: first,
    order: 10,
    evaluateOnPlan: true,
    reEvaluatePolicies: false,
    policyEngineMode: 'any',
    invalidResponseAction: 'retry'
  })
  t.strictSame(definitions.bindings[1]?.reEvaluatePolicies, true)
  t.strictSame(definitions.policies, [
    { pk: derivedKey(RULE, 'a-rule'), name: 'a-rule', kind: 'rule', executionLogging: true, options: { result: true } }])
  t.match(definitions.policyBindings, [
    { target: definitions.bindings[0]?.pk, policy: definitions.policies[0]?.pk, group: null, timeout: 30, failureResult: false },
    { target: flow, group: definitions.groups[0]?.pk, policy: null, enabled: true, negate: false },
    { target: flow, user: userKey('ann') },
    { target: flow, user: 7 }
  ])
  t.equal('failureResult' in definitions.policyBindings[1]!, false)
  t.match(definitions.users, [{ uuid: userKey('ann'), username: 'ann', isActive: true, groups: [definitions.groups[0]?.pk] }])
  t.match(warnings, [/^flows\.yaml:\d+:\d+: entry 13 \(authentik_policies\.policybinding\): 'permissions' are ignored$/])
  t.match(definitions.places?.get(flow), /^flows\.yaml:3:3: entry 1 \(authentik_flows\.flow 'flow'\)$/)
})

t.test('loadBlueprints: an explicit primary key is used, and stands for an object that was there', async () => {
  const pk = '5f3c0a4e-1111-4222-8333-444455556666'
  const { definitions } = load(entries`
    - model: authentik_stages_step.stepstage
      identifiers: {name: mine, pk: 5F3C0A4E-1111-4222-8333-444455556666}
    - model: authentik_flows.flow
      identifiers: {slug: a}
      attrs: {name: A, title: A, designation: recovery}
    - model: authentik_flows.flow
      identifiers: {slug: a, pk: 99999999-1111-4222-8333-444455556666}
      attrs: {title: B}
    - model: authentik_flows.flowstagebinding
      identifiers: {order: 0, target: 99999999-1111-4222-8333-444455556666, stage: 5f3c0a4e-1111-4222-8333-444455556666}
    - model: authentik_stages_step.stepstage
      identifiers: {pk: 5f3c0a4e-1111-4222-8333-444455556666}
      attrs: {name: renamed}
  `)
  t.equal(definitions.stages[0]?.pk, pk)
  t.equal(definitions.stages[0]?.name, 'renamed')
  t.match(definitions.flows, [{ pk: flowKey('a'), title: 'B' }])
  t.match(definitions.bindings, [{ target: flowKey('a'), stage: pk }])
  refuses(entries`
    - model: authentik_stages_step.stepstage
      identifiers: {name: mine, pk: 5}
  `, /^flows\.yaml:4:29: entry 1 \(authentik_stages_step\.stepstage\): 'pk' must be a UUID$/)
})

t.test('loadBlueprints: states', async (t) => {
  const twice = (state: string) => `entries:
- {model: ${STEP}, identifiers: {name: s}, attrs: {tries: 1, loud: true}}
- {model: ${STEP}, id: again, identifiers: {name: s}, attrs: {tries: 2}, state: ${state}}
- {model: ${STEP}, identifiers: {name: other, tries: 9}, state: ${state}}
`
  t.match(load(twice('present')).definitions.stages, [{ options: { tries: 2, loud: true } }, { name: 'other' }])
  t.match(load(twice('created')).definitions.stages, [{ options: { tries: 1, loud: true } }, { name: 'other' }])
  t.match(load(twice('!If [true, created, absent]')).definitions.stages, [{ options: { tries: 1 } }, { name: 'other' }])
  t.strictSame(load(twice('absent')).definitions.stages, [])
  refuses(twice('must_created'), /^flows\.yaml:3:3: entry 2 \(.*'again'\): is there already, and its 'state' is must_created$/)
  refuses(twice('gone'), /'state' must be one of present, created, must_created, absent$/)
  t.equal(load(`entries:\n- {model: ${STEP}, identifiers: {name: s}, state: must_created}\n`).definitions.stages.length, 1)
})

t.test('loadBlueprints: what is removed takes its bindings with it and is cleared elsewhere', async (t) => {
  const { definitions } = load(inFlow`
    - {model: authentik_stages_prompt.prompt, id: p, identifiers: {name: p}, attrs: {field_key: a, label: A, type: text}}
    - {model: authentik_stages_prompt.prompt, id: q, identifiers: {name: q}, attrs: {field_key: b, label: B, type: text}}
    - {model: authentik_stages_step.stepstage, id: s, identifiers: {name: s}, attrs: {fields: [!KeyOf p, !KeyOf q], next: !KeyOf flow}}
    - {model: authentik_policies_rule.rulepolicy, id: rule, identifiers: {name: r}}
    - {model: authentik_flows.flowstagebinding, id: b, identifiers: {target: !KeyOf flow, stage: !KeyOf s, order: 1}}
    - {model: authentik_policies.policybinding, identifiers: {target: !KeyOf b, policy: !KeyOf rule, order: 1}}
    - {model: authentik_stages_prompt.prompt, identifiers: {name: p}, state: absent}
    - {model: authentik_flows.flow, identifiers: {slug: login}, state: absent}
  `)
  t.equal(definitions.flows.length, 0)
  t.equal(definitions.bindings.length, 0)
  t.equal(definitions.policyBindings.length, 0)
  t.match(definitions.stages, [{ options: { fields: [definitions.prompts[0]?.pk], next: null } }])
  t.equal(definitions.prompts[0]?.name, 'q')
})

t.test('loadBlueprints: conditions decide whether an entry is applied, before anything else of it is looked at', async (t) => {
  const { definitions } = load(entries`
    - {model: authentik_stages_step.stepstage, identifiers: {name: yes-please}, conditions: [true, 1, [x], {a: 1}]}
    - {model: authentik_nonsense_stages.x, identifiers: {}, conditions: [!Context missing]}
    - {model: authentik_stages_unknown.stage, identifiers: {name: a}, conditions: [true, []]}
    - {model: authentik_stages_step.stepstage, identifiers: {name: no}, conditions: [{}]}
    - {model: authentik_stages_step.stepstage, identifiers: {name: no}, conditions: [!Find [authentik_brands.brand, [domain, x]]]}
    - {model: authentik_stages_step.stepstage, identifiers: {name: null-conditions}, conditions: null}
  `)
  t.strictSame(definitions.stages.map(({ name }) => name), ['yes-please', 'null-conditions'])
  refuses(entries`
    - {model: authentik_stages_step.stepstage, identifiers: {name: a}, conditions: no}
  `, /:3:\d+: entry 1: 'conditions' must be a list$/)
})

t.test('loadBlueprints: entries may be a mapping of names to lists, and model and state tagged nodes', async (t) => {
  const { definitions } = load(yaml`
    version: 1
    context: {model: authentik_stages_step.stepstage, state: created}
    entries:
      one:
      - {model: !Context model, state: !Context state, identifiers: !Context [none, {name: a}], attrs: null}
      two:
      three:
      - &same {model: !Format ['%s.stepstage', authentik_stages_step], identifiers: {name: b}, attrs: {}}
      - *same
  `)
  t.strictSame(definitions.stages.map(({ name }) => name), ['a', 'b'])
  refuses('entries:\n  one:\n  - {model: x}\n', /^flows\.yaml:3:13: entry 1 of 'one': 'model' must be the name of a model/)
  refuses('entries:\n  one: 3\n', /'entries\.one' must be a list of entries/)
})

t.test('loadBlueprints: later files update objects that have the same identifiers', async (t) => {
  const { definitions } = loadBlueprints([
    { path: 'a.yaml', text: `entries:\n- {model: ${STEP}, identifiers: {name: s}, attrs: {tries: 1, extra: {a: {b: 1, c: 2}}}}\n` },
    { path: 'b.yaml', text: `entries:\n- {model: ${STEP}, identifiers: {extra: {a: {b: 1}}}, attrs: {loud: true, extra: {a: {b: 1}, d: 1}}}\n` }
  ], KINDS)
  t.match(definitions.stages, [{ name: 's', options: { tries: 1, loud: true, extra: { a: { b: 1 } } } }])
  t.equal(definitions.stages.length, 1)
})

t.test('loadBlueprints: dependencies go first, in whatever order the files are', async (t) => {
  const file = (name: string, on: string[], body: string, required = true) => ({
    path: `${name}.yaml`,
    text: `metadata: {name: ${name}}\nentries:\n${on.map((other) =>
      `- {model: authentik_blueprints.metaapplyblueprint, attrs: {identifiers: {name: ${other}}, required: ${required}}}\n`).join('')}${body}`
  })
  const find = (name: string) =>
    `- {model: ${STEP}, identifiers: {name: ${name}}, attrs: {next: !Find [authentik_flows.flow, [slug, login], [name, Login]]}}`
  const withFlow = file('flow', [], FLOW)
  const ordered = loadBlueprints([file('stage', ['flow'], find('s')), withFlow], KINDS)
  t.equal(ordered.definitions.stages[0]?.options.next, flowKey('login'))
  const unordered = loadBlueprints([file('stage', [], find('s')), withFlow], KINDS)
  t.equal(unordered.definitions.stages[0]?.options.next, null)
  t.equal(loadBlueprints([file('stage', ['flow'], find('s'), false)], KINDS).definitions.stages.length, 1)
  const fails = (files: Parameters<typeof loadBlueprints>[0], message: RegExp) =>
    t.throws(() => loadBlueprints(files, KINDS), { code: 'FST_FLOW_BLUEPRINT', message })
  fails([file('stage', ['flow'], find('s'))], /^stage\.yaml:3:\d+: entry 1 .*: the blueprint 'flow', which is required here, is not/)
  fails([file('a', ['b'], ''), file('b', ['c'], ''), file('c', ['b'], '')], /c\.yaml:3:.*circle: b → c → b$/)
  fails([file('a', ['a'], '', false)], /circle: a → a$/)
  fails([file('a', ['b'], ''), file('b', [], FLOW), { path: 'c.yaml', text: 'metadata: {name: b}\nentries: []' }], /'b' is the name of both b\.yaml and c\.yaml/)
  fails([file('a', ['3'], '')], /takes 'identifiers' with the 'name'/)
  fails([{ path: 'a.yaml', text: 'entries:\n- {model: authentik_blueprints.metaapplyblueprint, attrs: {identifier: {name: b}}}' }],
    /a\.yaml:2:.* has no field 'identifier', it has identifiers, required/)
  // A name is asked of every file, so that of one that cannot be read the fault is told, not that there is no such name.
  fails([file('a', ['b'], ''), { path: 'b.yaml', text: 'entries: [' }], /^b\.yaml:\d+:\d+: not valid YAML/)
  const twice = loadBlueprints([file('a', ['b'], ''), file('b', [], FLOW), file('c', ['b'], '')], KINDS)
  t.equal(twice.definitions.flows.length, 1, 'what two files depend on is applied once')
})

t.test('loadBlueprints: files are gone through in turn, and the first fault ends it', async (t) => {
  const wrong = { path: 'a.yaml', text: 'entries:\n- {model: authentik_core.group, identifiers: {nam: a}}\n' }
  const unreadable = { path: 'b.yaml', text: 'entries: [' }
  t.throws(() => loadBlueprints([wrong, unreadable], KINDS), { code: 'FST_FLOW_BLUEPRINT', message: /^a\.yaml:2:.* has no field 'nam'/ })
  t.throws(() => loadBlueprints([unreadable, wrong], KINDS), { code: 'FST_FLOW_BLUEPRINT', message: /^b\.yaml:/ })
  const groups = (path: string, ...names: string[]) => ({
    path, text: `entries:\n${names.map((name) => `- {model: authentik_core.group, identifiers: {name: ${name}}}\n`).join('')}`
  })
  const limited = { ...KINDS, limits: { entries: 3 } }
  t.equal(loadBlueprints([groups('a.yaml', 'a', 'b'), groups('b.yaml', 'c')], limited).definitions.groups.length, 3)
  t.throws(() => loadBlueprints([groups('a.yaml', 'a', 'b'), groups('b.yaml', 'c', 'd')], limited),
    { code: 'FST_FLOW_BLUEPRINT', message: /^b\.yaml:1:1: more entries than the limit of 3 for all files$/ })
})

t.test('loadBlueprints: models that there is no part for', async (t) => {
  const { definitions, warnings } = load(inFlow`
    - {model: authentik_brands.brand, id: brand, identifiers: {domain: x}, attrs: {anything: !Nothing-is-read 1}}
  `.replace('!Nothing-is-read ', '') + yaml`
    - {model: authentik_core.application, id: app, identifiers: {slug: app}}
    - {model: authentik_policies_rule.rulepolicy, id: rule, identifiers: {name: r}}
    - {model: authentik_policies.policybinding, identifiers: {target: !KeyOf app, policy: !KeyOf rule, order: 1}}
    - model: authentik_policies.policybinding
      identifiers: {order: 1}
      attrs: {target: !Find [authentik_core.application, [slug, b]], policy: !KeyOf rule}
    - {model: authentik_stages_step.stepstage, identifiers: {name: s}, attrs: {next: !Find [authentik_brands.brand, [domain, x]]}}
  `)
  t.equal(definitions.policyBindings.length, 0)
  t.equal(definitions.stages[0]?.options.next, null)
  t.match(warnings, [
    /^flows\.yaml:7:11: entry 2 \(authentik_brands\.brand 'brand'\): skipped: there is no part for the model .*\.brand$/,
    /skipped: there is no part for the model authentik_core\.application$/,
    /entry 5 .*: skipped: its target is a authentik_core\.application, a model that there is no part for$/,
    /entry 6 .*: skipped: its target is a authentik_core\.application/,
    /entry 7 .*: nothing found: there is no part for the model authentik_brands\.brand$/
  ])
  t.equal(warnings.length, 5)
  refuses(entries`
    - {model: authentik_brands.brand, id: brand, identifiers: {domain: x}}
    - {model: authentik_stages_step.stepstage, identifiers: {name: s}, attrs: {extra: {a: [!KeyOf brand]}}}
  `, /:4:\d+: entry 2 .*: refers to an entry that is skipped, as there is no part for authentik_brands\.brand$/)
  refuses(entries`
    - model: authentik_stages_webauthn.stage
      identifiers: {name: s}
  `, /^flows\.yaml:3:10: entry 1 \(authentik_stages_webauthn\.stage\): nothing handles the model authentik_stages_webauthn\.stage: register a stage kind for it \(stageKinds\), or use one of authentik_stages_step\.stepstage$/)
  refuses(entries`
    - {model: authentik_policies_geoip.geoippolicy, identifiers: {name: s}}
  `, /register a policy kind for it \(policyKinds\), or use one of authentik_policies_rule\.rulepolicy$/)
  refuses(entries`
    - {model: authentik_flows.flows, identifiers: {name: s}}
  `, /there is no model authentik_flows\.flows, there are authentik_flows\.flow, /)
})

t.test('loadBlueprints: a wrong field is refused with its place and what would be right', async () => {
  const attrs = (text: string) => `entries:\n- model: ${STEP}\n  identifiers: {name: s}\n  attrs:\n    ${text}\n`
  const at = 'flows\\.yaml:5:5: entry 1 \\(authentik_stages_step\\.stepstage\\): '
  const cases: readonly (readonly [string, string])[] = [
    ['loud: maybe', "'loud' must be true or false$"],
    ['tries: -1', "'tries' must be a whole number from 0 to 2147483647$"],
    ['mode: firm', "'mode' must be one of soft, hard$"],
    ['label: too long', "'label' must be text of at most 5 characters$"],
    ['next: somewhere', "'next' must be a reference to a flow \\(its primary key\\) or null$"],
    ['fields: all', "'fields' must be a list of a reference to a prompt \\(its primary key\\)$"],
    ['fields: [1]', "'fields\\.0' must be a reference to a prompt"],
    ['ratio: -1', "'ratio' must be a number from 0$"],
    ['pair: [1]', "'pair' must be a list of 2 to 2 items of a whole number up to 9$"],
    ['pair: [1, 10]', "'pair\\.1' must be a whole number up to 9$"],
    ['deep: {a: y}', "'deep\\.a' must be \"x\"$"],
    ['deep: {a: x, b: x}', "'deep\\.b' is not known here$"],
    ['deep: 1', "'deep' must be a mapping$"],
    ['odd: 1', "'odd' must be a value of another type$"],
    ['extra: none', "'extra' must be a mapping$"],
    ['tires: 1', 'authentik_stages_step\\.stepstage has no field \'tires\', it has loud, ratio, pair,'],
    ['evaluateOnPlan: true', "authentik_stages_step\\.stepstage has no field 'evaluateOnPlan'"],
    ['next: 00000000-1111-4222-8333-444455556666', "'next' refers to a flow that no blueprint defines$"]
  ]
  for (const [text, message] of cases) refuses(attrs(text), new RegExp(`^${at}${message}`))
  refuses(`entries:\n- model: ${STEP}\n  identifiers: {name: s}\n  attrs:\n    <<: {tires: 1}\n`, /^flows\.yaml:5:5: .*has no field 'tires'/)
  const flow = (text: string) => `entries:\n- model: authentik_flows.flow\n  identifiers: ${text}\n`
  refuses(flow('{slug: a b, name: n, title: t, designation: recovery}'), /'slug' must be text of at most 50 characters matching/)
  refuses(flow('{slug: a}'), /flows\.yaml:2:3: .*'name' is missing; it must be text that is not blank/)
  refuses(flow('{name: ""}'), /'slug' is missing|'name' must be/)
  refuses(flow('{}'), /'identifiers' must name at least one field/)
  refuses(flow('[]'), /'identifiers' must be a mapping of fields to values/)
  refuses(inFlow`
    - {model: authentik_core.user, identifiers: {username: u}, attrs: {password: [hunter2]}}
  `, /'password' must be text or null$/)
})

t.test('loadBlueprints: rules between fields', async () => {
  const bound = (text: string) => inFlow`
    - {model: authentik_stages_step.stepstage, id: s, identifiers: {name: s}}
    - {model: authentik_policies_rule.rulepolicy, id: rule, identifiers: {name: r}}
    - {model: authentik_core.group, id: group, identifiers: {name: g}}
  ` + `${text}\n`
  refuses(bound('- model: authentik_flows.flowstagebinding\n  identifiers: {target: !KeyOf flow, stage: !KeyOf s, order: 0}\n  attrs:\n    re_evaluate_policies: false'),
    /:13:5: entry 5 .*Either evaluation on plan or evaluation on run must be enabled$/)
  refuses(bound('- {model: authentik_policies.policybinding, identifiers: {target: !KeyOf flow, order: 0}}'),
    /One of 'policy', 'group' or 'user' must be set\.$/)
  refuses(bound('- {model: authentik_policies.policybinding, identifiers: {target: !KeyOf flow, order: 0, policy: !KeyOf rule, group: !KeyOf group}}'),
    /Only one of 'policy', 'group' or 'user' can be set\.$/)
  refuses(bound('- {model: authentik_policies.policybinding, identifiers: {target: !KeyOf rule, order: 0, policy: !KeyOf rule}}'),
    /'target' refers to a flow or binding that no blueprint defines$/)
})

t.test('loadBlueprints: names are unique', async () => {
  refuses(entries`
    - {model: authentik_stages_step.stepstage, identifiers: {name: a}}
    - {model: authentik_stages_step.stepstage, identifiers: {name: b}}
    - {model: authentik_stages_step.stepstage, identifiers: {pk: 7c8dbd1c-8e5a-5d3f-9d0e-0d8f3f6f3b11, name: c}}
    - {model: authentik_stages_step.stepstage, identifiers: {pk: 7c8dbd1c-8e5a-5d3f-9d0e-0d8f3f6f3b11}, attrs: {name: a}}
  `, /:6:\d+: entry 4 .*: another authentik_stages_step\.stepstage has the same name or primary key$/)
  refuses(entries`
    - {model: authentik_core.group, identifiers: {name: a, pk: 7c8dbd1c-8e5a-5d3f-9d0e-0d8f3f6f3b11}}
    - {model: authentik_stages_step.stepstage, identifiers: {name: b, pk: 7c8dbd1c-8e5a-5d3f-9d0e-0d8f3f6f3b11}}
  `, /another authentik_core\.group has the same name or primary key$/)
})

t.test('loadBlueprints: the shape of a file and of an entry', async (t) => {
  refuses('a: [', /^flows\.yaml:\d+:\d+: not valid YAML: /)
  refuses('', /a blueprint is a mapping with 'version', 'metadata' and 'entries'$/)
  refuses('- 1', /a blueprint is a mapping/)
  refuses('entries: []\n---\nentries: []\n', /^flows\.yaml:2:.*a second one/)
  refuses('version: 3\nentries: []', /^flows\.yaml:1:10: Invalid blueprint version: 'version' must be 1$/)
  refuses('version: 1', /'entries' must be a list of entries, or a mapping/)
  refuses('context: 3\nentries: []', /'context' must be a mapping/)
  refuses('entries:\n- 3', /^flows\.yaml:2:3: entry 1: an entry is a mapping with model, id,/)
  refuses('entries:\n- {model: a.b, condition: []}', /^flows\.yaml:2:16: entry 1: an entry has no 'condition', it has/)
  refuses('entries:\n- {model: a.b, id: [1]}', /'id' must be plain text/)
  refuses('entries:\n- {identifiers: {a: 1}}', /'model' must be the name of a model/)
  refuses('metadata: {name: !Env NAME}\nentries: []', /^flows\.yaml:1:11: 'metadata\.name' must be plain text$/)
  refuses(entries`
    - {model: authentik_core.group, identifiers: {name: a}, attrs: !Format [a]}
  `, /'attrs' must be a mapping of fields to values$/)
  refuses('a: 1\na: 2\nentries: []', /^flows\.yaml:2:1: the key 'a' stands twice in one mapping$/)
  refuses('? [a]\n: 1\nentries: []', /a key must be plain text$/)
  refuses('entries: []\nb: *nowhere', /no anchor 'nowhere'|not valid YAML/)
  refuses(entries`
    - {model: authentik_core.group, identifiers: {name: a}, attrs: {attributes: {__proto__: {a: 1}}}}
  `, /:3:\d+: the key '__proto__' is not allowed$/)
  refuses(entries`
    - {model: authentik_core.group, identifiers: {name: a}, attrs: {attributes: !Enumerate [[1], MAP, [__proto__, {a: 1}]]}}
  `, /the key '__proto__' is not allowed$/)
  t.equal(Object.hasOwn(Object.prototype, 'a'), false)
  const { warnings } = load(entries`
    - {model: authentik_core.group, id: g, identifiers: {name: a}}
    - {model: authentik_core.group, id: g, identifiers: {name: b}}
  ` + 'labels: {}\n')
  t.match(warnings, [
    /^flows\.yaml:\d+:1: ignored: a blueprint has no such key at its top$/, /the id 'g' stands for an earlier entry/
  ])
})

t.test('loadBlueprints: limits say which they are', async (t) => {
  const group = (text: string) => `entries:\n- {model: authentik_core.group, identifiers: {name: a}, attrs: {attributes: {a: ${text}}}}\n`
  refuses(group(`${'['.repeat(70)}${']'.repeat(70)}`), /nested deeper than the limit of 64$/)
  refuses(`entries: ${'['.repeat(50_000)}`, /nested deeper than the limit of 64$/)
  refuses(`entries:\n${'- '.repeat(5000)}`, /nested deeper than the limit of 64$/)
  refuses(group('x'.repeat(100)), /bytes, more than the limit of 50$/, { limits: { textBytes: 50 } })
  refuses(group('[&a 1, *a, *a, *a]'), /more aliases than the limit of 2$/, { limits: { aliases: 2 } })
  refuses(group('&a [*a]'), /limit of/)
  const laughs = Array.from({ length: 9 }, (_, level) => `&l${level} [${Array(9).fill(level === 0 ? '1' : `*l${level - 1}`).join(', ')}]`)
  refuses(group(`[${laughs.join(', ')}]`), /more aliases followed than the limit of 100$/)
  refuses('entries: [1, 2, 3]', /more entries than the limit of 2 for all files$/, { limits: { entries: 2 } })
  refuses(group('!Enumerate [[1, 2, 3], SEQ, 1]'), /!Enumerate has 3 items, more than the limit of 2$/, { limits: { items: 2 } })
  const doubling = (depth: number): string =>
    depth === 0 ? '[1, 2]' : `!Enumerate [${doubling(depth - 1)}, SEQ, [!Value 0, !Value 0]]`
  refuses(group(doubling(20)), /more values than the limit of 500000$/)
  refuses('context: {a: !Context b, b: !Context a}\n' + group('!Context a'), /resolves deeper than the limit of 64$/)
  const doubled = Array.from({ length: 16 }, (_, n) => `c${n + 1}: !Format ['%s%s', !Context c${n}, !Context c${n}]`)
  refuses(`context: {c0: ${'x'.repeat(100)}, ${doubled.join(', ')}}\n` + group('!Context c16'), /longer than the limit of 1048576$|more values/)
  t.equal(load(group(`${'['.repeat(50)}${']'.repeat(50)}`)).definitions.groups.length, 1)
})

t.test('tags: an item of !Enumerate may be as long a list as a file can hold', async (t) => {
  const long = Array.from({ length: 200_000 }, () => '1').join(',')
  const { definitions: { groups } } = load(`version: 1
context: {long: &long [${long}]}
entries:
- {model: authentik_core.group, identifiers: {name: g}, attrs: {attributes: {all: !Enumerate [[*long], SEQ, !Value 0]}}}
`)
  // Compared as text: the comparison of values cannot take so many either.
  t.equal(JSON.stringify(groups[0]?.attributes), `{"all":[[${long}]]}`)
})

t.test('tags: values', async (t) => {
  const same = (text: string, expected: unknown, options: Partial<BlueprintOptions> = {}, head = '') =>
    t.strictSame(valueOf(text, options, head), expected, text)
  const context = { context: { outer: 'x', both: { b: 2 } } }
  const head = 'context: {own: [1, !Context inner], inner: deep, both: {a: 1}}'
  same('!Context own', [1, 'deep'], context, head)
  same('!Context outer', 'x', context)
  same('!Context both', { a: 1, b: 2 }, context, head)
  same('!Context [missing, !Context inner]', 'deep', context, head)
  same('!Context missing', null)
  same('!Context constructor', null)
  same('!Context goauthentik.io/enterprise/licensed', false)
  same('!Env HOME_TOWN', 'Ulm', { env: { HOME_TOWN: 'Ulm' } })
  same('!Env [EMPTY, fallback]', 'fallback', { env: { EMPTY: '' } })
  same('!Env toString', null)
  same("!Format ['%s is %d of %05.1f%%, %x %-3s| %+d', a, 7.9, 2.25, 255, b, 3]", 'a is 7 of 002.3%, ff b  | +3')
  same("!Format ['%s %s %.2s', true, null, long]", 'True None lo')
  same('!If [0]', false)
  same('!If [[1]]', true)
  same("!If ['', !KeyOf never-resolved, b]", 'b')
  same('!If [a, b, !KeyOf never-resolved]', 'b')
  same('!Condition [and, 1, a]', true)
  same('!Condition [NAND, 1, 0]', true)
  same('!Condition [OR, 0, {}]', false)
  same('!Condition [NOR, 0, []]', true)
  same('!Condition [XOR, 1, 1, 1]', true)
  same('!Condition [XNOR, 1, 0]', false)
  same("!Enumerate [[a, b], SEQ, !Format ['%d-%s', !Index 0, !Value 0]]", ['0-a', '1-b'])
  same('!Enumerate [{x: 1, y: 2}, MAP, [!Index 0, !Value 0]]', { x: 1, y: 2 })
  same('!Enumerate [[a, b], map, {l: [!Value 0], same: !Value 0}]', { l: ['a', 'b'], same: 'b' })
  same('!Enumerate [[[1, 2], [3]], SEQ, !Enumerate [!Value 1, SEQ, [!Index 1, !Value 0]]]', [[[0, 1], [0, 2]], [[1, 3]]])
  same('!Find [authentik_core.group, [name, nobody]]', null)
  same('!File notes.txt', 'text', { readFile: (path, relative) => ` ${path === 'flows.yaml' && relative === 'notes.txt' ? 'text' : '?'}\n` })
  const missing = () => { throw Object.assign(new Error('not there'), { code: 'ENOENT' }) }
  same('!File [notes.txt, none]', 'none', { readFile: missing })
  same('{<<: [{a: 1, b: 1}, {b: 2, c: 2}], c: 3}', { c: 3, a: 1, b: 1 })
  same('[2024-01-01, y, on, !!str 5, 0x1f, ~]', ['2024-01-01', 'y', true, '5', 31, null])
  same('{on: 1, 2: b}', { on: 1, 2: 'b' })
})

t.test('tags: misuse', async () => {
  const missing = () => { throw Object.assign(new Error('not there'), { code: 'ENOENT' }) }
  const cases: readonly (readonly [string, RegExp, Partial<BlueprintOptions>?])[] = [
    ['!Unknown 1', /:7:19: unknown tag '!Unknown', there are !KeyOf, !Find,/],
    ['!!binary aGk=', /unknown tag/],
    ['!KeyOf [a]', /the tag !KeyOf takes a single value$/],
    ['!Find a', /the tag !Find takes a list$/],
    ['!Context {a: b}', /the tag !Context takes a single value or a list$/],
    ['!KeyOf nobody', /entry 1 .*: KeyOf: failed to find entry with `id` of `nobody` and a model instance$/],
    ['!Find [authentik_core.group]', /!Find takes \[model, \[field, value\], …\]/],
    ['!Find [authentik_core.group, name]', /!Find takes each field as \[field, value\]/],
    ['!Find [authentik_core.group, [1, name]]', /!Find takes the name of a field first/],
    ['!Find [authentik_core.group, [nom, a]]', /!Find: authentik_core\.group has no field 'nom', it has pk, name,/],
    ['!Context [a, b, c]', /!Context takes \[key, default\]/],
    ['!Env [[a], b]', /!Env takes \[key, default\]/],
    ['!File a', /!File is not available here/],
    ['!File a', /!File cannot read 'a': not there$/, { readFile: missing }],
    ['!File [a, b]', /!File cannot read 'a': no$/, { readFile: () => { throw new Error('no') } }],
    ['!File a', /unknown reason$/, { readFile: () => { throw 'no' } }], // eslint-disable-line no-throw-literal
    ['!File a', /the file 'a' is longer than the limit of 200$/, { readFile: () => 'x'.repeat(300), limits: { textBytes: 200 } }],
    ['!Format [1]', /!Format takes \[text, values…\]/],
    ["!Format ['%s']", /!Format: not enough values for the text$/],
    ["!Format ['a', 1]", /!Format: more values than the text has places for$/],
    ["!Format ['%d', a]", /!Format: '%d' takes a number$/],
    ["!Format ['%q', 1]", /'%q' is not one of/],
    ["!Format ['100% ', 1]", /a '%' without one of/],
    ["!Format ['%s', [1]]", /a list or a mapping cannot be put into a text$/],
    ['!If [1, 2]', /!If takes \[condition\] or/],
    ['!Condition [MAYBE, 1]', /with one of the modes AND, NAND,/],
    ['!Condition [AND]', /At least one value is required after mode selection\.$/],
    ['!Enumerate [[1], LIST, 1]', /!Enumerate takes \[list or mapping, SEQ or MAP, body\]/],
    ['!Enumerate [3, SEQ, 1]', /!Enumerate's iterable must be a list or a mapping$/],
    ['!Enumerate [[1], MAP, 1]', /Invalid Enumerate item found/],
    ['!Enumerate [!Value 0, SEQ, 1]', /an Enumerate cannot go through its own items/],
    ['!Index 0', /Index tags are only usable inside an Enumerate tag$/],
    ['!Enumerate [[1], SEQ, !Value 2]', /invalid depth: 2\. Max depth: 0$/],
    ['!Enumerate [[1], SEQ, !Value x]', /!Value takes a depth from 0/],
    ['{<<: 3}', /'<<' merges a mapping or a list of mappings$/]
  ]
  for (const [text, message, options] of cases) valueFails(text, message, options)
})
