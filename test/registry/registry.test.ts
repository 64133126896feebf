import { Type } from '@sinclair/typebox'
import t from 'tap'
import type { Definitions } from '../../lib/model/definitions.js'
import { derivedKey } from '../../lib/model/keys.js'
import { Reference } from '../../lib/model/scalars.js'
import type { PolicyBinding } from '../../lib/model/policy-binding.js'
import { Registry } from '../../lib/registry/registry.js'
import { dummyPolicy as dummyPolicyKind } from '../../lib/policies/kinds/dummy.js'
import { dummyStage } from '../../lib/stages/dummy.js'
import type { StageKind } from '../../lib/stages/stage-kind.js'
import { passed } from '../../lib/stages/stage-result.js'
import { define, defineFlow, prompt, stage } from '../../plugins/index.js'
import { celPolicy, dummyPolicy, keyOf, makeDefinitions } from '../definitions.js'
import { makeFlow, makePrompt } from '../turn.js'
import { makeSeed } from '../users/user-store-suite.js'

const NOWHERE = '00000000-0000-4000-8000-000000000000'
const group = (name: string, parent: string | null = null) =>
  ({ pk: derivedKey('test.group', name), name, isSuperuser: false, parent, attributes: {} })

/** A flow with two stages, of which the first has a policy, a group and a user bound to it. */
function base (): Definitions {
  const [staff] = [group('staff')]
  return makeDefinitions({
    bindings: [
      { stage: 'first', policies: [{ policy: 'yes' }, { group: staff.pk }, { user: 7 }] },
      { stage: 'second' }
    ],
    made: { yes: dummyPolicy(true) },
    groups: [staff]
  })
}

/** The definitions with the first of a list changed. */
function first<K extends Exclude<keyof Definitions, 'places'>> (list: K, change: Record<string, unknown>): Definitions {
  const all = base()
  return { ...all, [list]: all[list].map((object, index) => index === 0 ? { ...object, ...change } : object) }
}

/** The definitions with more in a list. */
function more<K extends Exclude<keyof Definitions, 'places'>> (list: K, ...added: Array<Definitions[K][number]>): Definitions {
  const all = base()
  return { ...all, [list]: [...all[list], ...added] }
}

function policyBinding (stated: Partial<PolicyBinding>): PolicyBinding {
  return {
    pk: derivedKey('test.policyBinding', 'more'),
    target: keyOf('binding', 'second'),
    policy: null,
    group: null,
    user: null,
    enabled: true,
    negate: false,
    timeout: 30,
    order: 5,
    ...stated
  }
}

t.test('registry: a bound user has the name that it is defined by', async (t) => {
  const ann = makeSeed('ann')
  const definitions = more('policyBindings', policyBinding({ user: ann.uuid }), policyBinding({ pk: derivedKey('x', 'y'), user: 'nobody', order: 6 }))
  const flow = new Registry({ ...definitions, users: [ann] }).flow('flow')
  const names = flow?.bindings.map(({ policies }) => policies.bindings.map(({ name, kind }) => `${kind} ${name}`))
  t.strictSame(names, [['dummy yes', 'group staff', 'user 7'], ['user ann', 'user nobody']])
})

t.test('registry: finds what is defined, by slug, key and designation', (t) => {
  const registry = new Registry(base())
  const flow = registry.flow('flow')
  t.equal(flow?.flow.slug, 'flow')
  t.equal(registry.flow('other'), undefined)
  t.strictSame(flow?.bindings.map(({ stage }) => stage.name), ['first', 'second'])
  t.strictSame(flow?.bindings[0]?.policies.bindings.map(({ kind, name }) => [kind, name]), [['dummy', 'yes'], ['group', 'staff'], ['user', '7']])
  t.equal(flow?.bindingsByPk.get(keyOf('binding', 'second')), flow?.bindings[1])
  const set = registry.current
  const pk = makeFlow().pk
  t.equal(set.flow(pk), flow?.flow)
  t.equal(set.flowBySlug('flow'), flow?.flow)
  t.strictSame(set.flowsFor('authentication'), [flow?.flow])
  t.strictSame(set.flowsFor('recovery'), [])
  t.strictSame(set.flowsUsing(keyOf('stage', 'first')), [flow?.flow])
  t.strictSame(set.flowsUsing(NOWHERE), [])
  t.strictSame([...set.flows], [flow])
  t.equal(set.stage(keyOf('stage', 'first'))?.name, 'first')
  t.equal(set.policy(keyOf('policy', 'yes'))?.name, 'yes')
  t.equal(set.group(group('staff').pk)?.name, 'staff')
  for (const found of [set.flow(NOWHERE), set.flowBySlug('no'), set.stage(NOWHERE), set.policy(NOWHERE), set.preparedPolicy(NOWHERE),
    set.prompt(NOWHERE), set.promptFunction(NOWHERE, 'placeholder'), set.group(NOWHERE)]) t.equal(found, undefined)
  t.end()
})

t.test('registry: flows of a designation come by slug, bindings by order with ties as added', (t) => {
  const tied = makeDefinitions({
    bindings: [{ stage: 'c', order: 1 }, { stage: 'a', order: 1 }, { stage: 'z', order: -1 }, { stage: 'b', order: 1 }]
  })
  const flows = ['zeta', 'alpha'].map((slug) => makeFlow({ slug }))
  const registry = new Registry({ ...tied, flows: [...tied.flows, ...flows] })
  t.strictSame(registry.flow('flow')?.bindings.map(({ stage }) => stage.name), ['z', 'c', 'a', 'b'])
  t.strictSame(registry.current.flowsFor('authentication').map(({ slug }) => slug), ['alpha', 'flow', 'zeta'])
  t.end()
})

t.test('registry: disabled policies are not among those asked; the rest come by order', (t) => {
  const registry = new Registry(makeDefinitions({
    policies: [{ policy: 'late', order: 9 }, { policy: 'off', order: 1, enabled: false }, { policy: 'soon', order: 0, timeout: 2147483647 }],
    made: { late: dummyPolicy(true), off: dummyPolicy(true), soon: dummyPolicy(true) }
  }))
  t.match(registry.flow('flow')?.policies.bindings, [{ name: 'soon', timeout: 2147483647 }, { name: 'late', timeout: 30_000 }])
  t.end()
})

t.test('wrong definitions: each is refused with the object, the field and what would be right', (t) => {
  const wrong: Array<[what: string, definitions: Definitions, message: RegExp]> = [
    ['no slug', first('flows', { slug: 'a b' }), /^flow 'a b': field 'slug': .*match/],
    ['a slug too long', first('flows', { slug: 'x'.repeat(51) }), /field 'slug': .*50/],
    ['an unknown designation', first('flows', { designation: 'party' }), /^flow 'flow': field 'designation': expected one of authentication, /],
    ['a requirement of a later version (P10)', first('flows', { authentication: 'require_token' }), /field 'authentication': expected one of none, require_auth/],
    ['an unknown mode', first('flows', { policyEngineMode: 'some' }), /field 'policyEngineMode': expected one of all, any/],
    ['an unknown field', first('flows', { colour: 'red' }), /^flow 'flow': field 'colour': unexpected property/],
    ['a slug twice', more('flows', makeFlow({ pk: NOWHERE })), /^flow 'flow': there is another flow of this slug/],
    ['a stage name twice', more('stages', { pk: NOWHERE, name: 'first', kind: 'dummy', options: {} }), /^stage 'first': there is another stage of this name/],
    ['a policy name twice', more('policies', { pk: NOWHERE, name: 'yes', kind: 'dummy', executionLogging: false, options: {} }), /another policy of this name/],
    ['a prompt name twice', more('prompts', makePrompt({ fieldKey: 'a' }), { ...makePrompt({ fieldKey: 'a' }), pk: NOWHERE }), /another prompt of this name/],
    ['a flow key twice', more('flows', makeFlow({ slug: 'other', pk: makeFlow().pk })), /primary key occurs twice/],
    ['a stage key twice', more('stages', { pk: keyOf('stage', 'first'), name: 'third', kind: 'dummy', options: {} }), /primary key occurs twice/],
    ['a binding key twice', { ...base(), bindings: [...base().bindings, ...base().bindings.map((binding) => ({ ...binding, order: 9 }))] }, /primary key occurs twice/],
    ['a policy binding key twice', { ...base(), policyBindings: [...base().policyBindings, ...base().policyBindings] }, /primary key occurs twice/],
    ['an unknown stage kind', first('stages', { kind: 'magic' }), /^stage 'first': nothing handles the kind 'magic': .*'stageKinds'.*dummy/],
    ['an unknown policy kind (E8)', first('policies', { kind: 'magic' }), /^policy 'yes': nothing handles the kind 'magic': .*'policyKinds'.*expression/],
    ['an unknown stage option', first('stages', { options: { colour: 1 } }), /^stage 'first' \(dummy\): field 'colour'/],
    ['a wrong policy option', first('policies', { options: { result: 'yes' } }), /^policy 'yes' \(dummy\): field 'result': expected boolean/],
    ['no stage of a binding', first('bindings', { stage: NOWHERE }), /^stage binding #0 \(.*\): field 'stage': there is no stage/],
    ['no flow of a binding', first('bindings', { target: NOWHERE }), /field 'target': there is no flow/],
    ['an order out of bounds', first('bindings', { order: 2 ** 31 }), /field 'order': expected integer to be less or equal to 2147483647/],
    ['never evaluated', first('bindings', { evaluateOnPlan: false, reEvaluatePolicies: false }),
      /^flow 'flow', stage binding #0: Either evaluation on plan or evaluation on run must be enabled/],
    ['the same stage at one order', { ...base(), bindings: [...base().bindings, ...base().bindings.slice(0, 1).map((binding) => ({ ...binding, pk: NOWHERE }))] },
      /^flow 'flow', stage binding #0: the same stage is bound at this order already/],
    ['user and group (B2)', more('policyBindings', policyBinding({ user: 7, group: group('staff').pk })), /policy binding #5 .*Only one of 'policy', 'group' or 'user' can be set\./],
    ['nothing bound (B3, R5)', more('policyBindings', policyBinding({})), /One of 'policy', 'group' or 'user' must be set\./],
    ['no target', more('policyBindings', policyBinding({ user: 7, target: NOWHERE })), /field 'target': there is no flow and no stage binding/],
    ['no policy', more('policyBindings', policyBinding({ policy: NOWHERE })), /field 'policy': there is no policy/],
    ['no group', more('policyBindings', policyBinding({ group: NOWHERE })), /field 'group': there is no group/],
    ['no group above', more('groups', group('lost', NOWHERE)), /^group 'lost': field 'parent': there is no group/],
    ['no function', first('policies', { kind: 'expression', options: { expression: 'return True' } }), /'yes'.*no function stands for it.*'policies'.*language: cel/],
    ['wrong CEL', first('policies', { ...celPolicy('user.name +') }), /Policy 'yes', field 'expression'/]
  ]
  for (const [what, definitions, message] of wrong) t.throws(() => new Registry(definitions), { code: 'FST_FLOW_DEFINITION', message }, what)
  t.end()
})

t.test('kinds: two of one name are refused, a host\'s own are used', (t) => {
  t.throws(() => new Registry(base(), { stageKinds: [dummyStage] }), { code: 'FST_FLOW_OPTIONS', message: "the kind 'dummy' is registered twice" })
  t.throws(() => new Registry(base(), { policyKinds: [dummyPolicyKind] }), { code: 'FST_FLOW_OPTIONS' })
  const own = { ...dummyStage, kind: 'own', model: 'host.own' }
  const registry = new Registry(first('stages', { kind: 'own' }), { stageKinds: [own] })
  t.equal(registry.flow('flow')?.bindings[0]?.kind, own)
  t.end()
})

t.test('definitions: frozen all the way down, defaults filled in, and what was given is left alone', (t) => {
  const given = base()
  const registry = new Registry(given)
  const compiled = registry.flow('flow')
  const { definitions } = registry.current
  t.strictSame(definitions.stages[0]?.options, { throwError: false })
  const frozen = [definitions, definitions.flows, definitions.flows[0], definitions.stages[0]?.options,
    definitions.policyBindings[0], compiled, compiled?.flow, compiled?.bindings, compiled?.bindings[0],
    compiled?.bindings[0]?.stage.options,
    compiled?.bindings[0]?.policies.bindings, compiled?.bindings[0]?.policies.bindings[0]]
  for (const [index, object] of frozen.entries()) t.ok(Object.isFrozen(object), `object ${index}`)
  t.strictSame(given, base())
  t.notOk(Object.isFrozen(given.flows))
  t.end()
})

t.test('hash: follows from the content, not from the order of keys', (t) => {
  const hashOf = (definitions: Definitions) => new Registry(definitions).flow('flow')?.hash
  const turned = <T extends object>(object: T): T => JSON.parse(JSON.stringify(object), (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).reverse()) : value)
  const hash = hashOf(base())
  t.equal(hashOf(base()), hash)
  t.equal(hashOf(turned(base())), hash)
  t.equal(hashOf(more('flows', makeFlow({ slug: 'another' }))), hash, 'another flow is no part of it')
  const changed: Array<[string, Definitions]> = [
    ['the flow', first('flows', { title: 'New' })],
    ['a stage', first('stages', { options: { throwError: true } })],
    ['a stage binding', first('bindings', { invalidResponseAction: 'restart' })],
    ['a policy', first('policies', { options: { result: false, waitMin: 0, waitMax: 0 } })],
    ['a policy binding', first('policyBindings', { negate: true })],
    ['a group', first('groups', { isSuperuser: true })],
    ['a binding less', { ...base(), bindings: base().bindings.slice(0, 1) }]
  ]
  for (const [what, definitions] of changed) t.not(hashOf(definitions), hash, what)
  const setUpBy = (label: string) => {
    const ask = stage('prompt', 'ask', { fields: [prompt('ask', { fieldKey: 'answer', label, type: 'text' })] })
    const validate = stage('authenticator_validate', 'validate', { notConfiguredAction: 'configure', configurationStages: [ask] })
    return define(defineFlow({ slug: 'flow', name: 'f', title: 'f', designation: 'authentication', stages: [validate] }))
  }
  t.equal(hashOf(setUpBy('Old')), hashOf(setUpBy('Old')))
  t.not(hashOf(setUpBy('Old')), hashOf(setUpBy('New')), 'what a stage refers to refers to a prompt')
  t.end()
})

t.test('replace: all or nothing; listeners are told; runs find what they began with', (t) => {
  const registry = new Registry(base())
  let told = 0
  registry.onReplace(() => { told += 1 })
  const old = registry.flow('flow')
  t.throws(() => registry.replace(first('flows', { designation: 'party' })), { code: 'FST_FLOW_DEFINITION' })
  t.equal(told, 0)
  t.equal(registry.flow('flow'), old)
  registry.replace(first('flows', { title: 'New' }))
  t.equal(told, 1)
  t.equal(registry.flow('flow')?.flow.title, 'New')
  const asOf = (flow: string, definition = '') => registry.flowOf({ flow, definition, inline: [] })
  t.equal(asOf('flow', old?.hash), old)
  t.equal(asOf('flow', registry.flow('flow')?.hash), registry.flow('flow'))
  t.equal(asOf('flow', 'another hash'), undefined)
  t.equal(asOf('other', old?.hash), undefined)
  for (let count = 0; count < 8; count += 1) registry.replace(first('flows', { title: `New ${count}` }))
  t.equal(asOf('flow', old?.hash), undefined, 'only the last ones are kept')
  t.end()
})

t.test('a reference inside of a member of the options must lead somewhere too', async (t) => {
  const options = Type.Object({ checks: Type.Array(Type.Object({ policy: Reference('policy') }), { default: [] }) })
  const kind: StageKind = {
    kind: 'nested',
    model: 'test.nested',
    component: 'nested',
    formComponent: '',
    verboseName: 'Nested',
    verboseNamePlural: 'Nested',
    options,
    enter: () => passed()
  }
  const pk = derivedKey('test', 'nobody')
  const nested = { pk: derivedKey('test', 'nested'), name: 'nested', kind: 'nested', options: { checks: [{ policy: pk }] } }
  const definitions = base()
  t.throws(() => new Registry({ ...definitions, stages: [...definitions.stages, nested] }, { stageKinds: [kind] }),
    { code: 'FST_FLOW_DEFINITION', message: `stage 'nested': field 'checks': there is no policy ${pk}` })
})
