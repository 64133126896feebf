import t from 'tap'
import { builtInPolicyKinds, builtInStageKinds, joinDefinitions, loadBlueprints, Registry, type Definitions } from '../../lib/index.js'
import { dummyStage } from '../../lib/stages/dummy.js'
import { buildApp, load } from '../app.js'

/** A flow of one dummy stage; more entries follow from line 11 on, as the third. */
const flowWith = (...lines: readonly string[]) => load([
  'version: 1',
  'entries:',
  '  - model: authentik_flows.flow',
  '    id: flow',
  '    identifiers: {slug: login}',
  '    attrs: {name: Login, title: Login, designation: authentication}',
  '  - model: authentik_stages_dummy.dummystage',
  '    id: stage',
  '    identifiers: {name: first}',
  '',
  ...lines
].join('\n'))

const bound = flowWith(
  '  - model: authentik_flows.flowstagebinding',
  '    identifiers: {target: !KeyOf flow, stage: !KeyOf stage, order: 10}')

const oneEntry = (path: string, ...lines: readonly string[]) => loadBlueprints(
  [{ path, text: ['version: 1', 'entries:', ...lines].join('\n') }], { stageKinds: builtInStageKinds, policyKinds: builtInPolicyKinds }).definitions

const groupIn = (path: string) => oneEntry(path, '  - model: authentik_core.group', '    identifiers: {name: staff}')
const userIn = (path: string, username: string) => oneEntry(path, '  - model: authentik_core.user', `    identifiers: {username: ${username}}`)

/** The definitions with changes to every object of a list. */
function changed<K extends 'bindings' | 'stages' | 'flows'> (all: Definitions, list: K, change: Partial<Definitions[K][number]>): Definitions {
  return { ...all, [list]: all[list].map((object) => ({ ...object, ...change })) }
}

const NOWHERE = '00000000-0000-4000-8000-000000000000'
const third = (model: string) => `^test\\.yaml:11:5: entry 3 \\(${model}\\): `

const faults: ReadonlyArray<readonly [what: string, definitions: Definitions, message: string]> = [
  ['an expression that nothing stands for', flowWith(
    '  - model: authentik_policies_expression.expressionpolicy',
    '    identifiers: {name: odd}',
    '    attrs: {expression: return True}'), third('authentik_policies_expression.expressionpolicy') + ".*'odd'.*option 'policies'"],
  ['an expression in CEL that is wrong', flowWith(
    '  - model: authentik_policies_expression.expressionpolicy',
    '    identifiers: {name: odd}',
    '    attrs: {expression: nobody.name, language: cel}'), third('authentik_policies_expression.expressionpolicy')],
  ['what a policy kind refuses', flowWith(
    '  - model: authentik_policies_dummy.dummypolicy',
    '    identifiers: {name: slow}',
    '    attrs: {wait_min: 9, wait_max: 3}'), third('authentik_policies_dummy.dummypolicy') + ".*'slow'"],
  ["a prompt's expression that nothing stands for", flowWith(
    '  - model: authentik_stages_prompt.prompt',
    '    identifiers: {name: nick}',
    '    attrs: {field_key: nick, label: Nick, type: text, initial_value: return 1, initial_value_expression: true}'
  ), third('authentik_stages_prompt.prompt') + ".*option 'prompts'"],
  ["a stage kind's own check", flowWith(
    '  - model: authentik_stages_user_login.userloginstage',
    '    identifiers: {name: login}',
    '    attrs: {session_duration: soon}'), third('authentik_stages_user_login.userloginstage') + ".*'login'"],
  ['a reference to what was taken out', changed(flowWith(
    '  - model: authentik_flows.flowstagebinding',
    '    identifiers: {target: !KeyOf flow, stage: !KeyOf stage, order: 10}'), 'bindings', { stage: NOWHERE }),
  third('authentik_flows.flowstagebinding') + '.*there is no stage 0000'],
  ['a field that was changed to something wrong', changed(bound, 'flows', { title: '' }), "^test\\.yaml:3:5: entry 1 \\(authentik_flows.flow 'flow'\\): flow 'login': "],
  ['an option that was changed to something wrong', changed(bound, 'stages', { options: { throwError: 'no' } }), "^test\\.yaml:7:5: entry 2 \\(.* 'stage'\\): stage 'first'"],
  ['a kind that is not registered', changed(bound, 'stages', { kind: 'unheard_of' }), "^test\\.yaml:7:5: entry 2 \\(.*\\): stage 'first': nothing handles"],
  ['a binding that is never evaluated', changed(bound, 'bindings', { evaluateOnPlan: false, reEvaluatePolicies: false }),
    third('authentik_flows.flowstagebinding') + "flow 'login', stage binding #10: Either"],
  ['a policy binding whose target was taken out', {
    ...flowWith(
      '  - model: authentik_policies.policybinding',
      '    identifiers: {target: !KeyOf flow, user: 7, order: 0}'),
    flows: []
  }, third('authentik_policies.policybinding') + ".*field 'target'"],
  ['one stage twice at an order', {
    ...bound,
    bindings: [...bound.bindings, ...bound.bindings.map((binding) => ({ ...binding, pk: NOWHERE }))],
    places: new Map([...bound.places ?? [], [NOWHERE, 'more.yaml:9:1: entry 7']])
  }, '^more\\.yaml:9:1: entry 7: .*bound at this order already'],
  ['one flow in two loads', joinDefinitions(bound, bound),
    "^test\\.yaml:3:5: entry 1 \\(.*\\) and test\\.yaml:3:5: entry 1 \\(.*\\): flow 'login': there is another flow of this slug$"],
  ['one group in two loads', joinDefinitions(groupIn('a.yaml'), groupIn('b.yaml')),
    '^a\\.yaml:3:5: entry 1 \\(authentik_core.group\\) and b\\.yaml:3:5: entry 1 \\(authentik_core.group\\): .*occurs twice'],
  ['two stages of one name, of different kinds, in two loads', joinDefinitions(bound, oneEntry('other.yaml',
    '  - model: authentik_stages_deny.denystage', '    identifiers: {name: first}')),
  "^other\\.yaml:3:5: entry 1 \\(authentik_stages_deny.denystage\\): stage 'first': there is another stage of this name, at test\\.yaml:7:5: entry 2"]
]

for (const [what, definitions, message] of faults) {
  t.test(`definitions from a blueprint: ${what} is an error with file, line and entry`, async (t) => {
    t.throws(() => new Registry(definitions), { code: 'FST_FLOW_DEFINITION', message: new RegExp(message) })
  })
}

t.test('definitions from a blueprint: users that the user store refuses are named with file, line and entry', async (t) => {
  const definitions = joinDefinitions(userIn('a.yaml', 'ada'), userIn('b.yaml', 'ADA'))
  await t.rejects(buildApp(t, { definitions }), {
    code: 'FST_FLOW_DEFINITION', message: /^b\.yaml:3:5: entry 1 \(authentik_core\.user\): User 'ADA': another user has this username/
  })
})

t.test('definitions from a blueprint: new ones are refused with file, line and entry, and the old ones stay', async (t) => {
  const app = await buildApp(t, { definitions: bound })
  const wrong = changed(bound, 'flows', { title: '' })
  t.throws(() => app.flows.replaceDefinitions(wrong), { message: /^test\.yaml:3:5: entry 1/ })
  t.equal(app.flows.registry.flow('login')?.flow.title, 'Login')
})

t.test('definitions in code: an error about them begins with the object', async (t) => {
  const { places, ...inCode } = changed(bound, 'flows', { title: '' })
  t.ok(places)
  t.throws(() => new Registry(inCode), { message: /^flow 'login': field 'title'/ })
})

t.test("a kind's error that is not about the definition is left as it is", async (t) => {
  const broken = { ...dummyStage, kind: 'own', check: () => { throw new TypeError('a bug') } }
  const definitions = changed(bound, 'stages', { kind: 'own' })
  t.throws(() => new Registry(definitions, { stageKinds: [broken] }), { name: 'TypeError', message: 'a bug' })
})
