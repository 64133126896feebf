import assert from 'node:assert/strict'
import { Type } from '@sinclair/typebox'
import fc from 'fast-check'
import t from 'tap'
import { parse } from 'yaml'
import { exportFlow } from '../../lib/blueprint/export.js'
import { loadBlueprints } from '../../lib/blueprint/load.js'
import type { Definitions } from '../../lib/model/definitions.js'
import * as identity from '../../lib/model/identity.js'
import { MODEL } from '../../lib/model/identity.js'
import type { PolicyBinding } from '../../lib/model/policy-binding.js'
import { Count, Nullable, Reference, StringEnum } from '../../lib/model/scalars.js'
import type { StageBinding } from '../../lib/model/stage-binding.js'
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
    loud: Type.Boolean({ default: true }),
    tries: Count({ default: 3 }),
    note: Type.String({ default: 'x' }),
    secretKey: Type.String({ default: '', sensitive: true }),
    secondSecret: Nullable(Type.String({ sensitive: true }), { default: null }),
    then: Nullable(Reference('flow'), { default: null }),
    helper: Nullable(Reference('stage'), { default: null }),
    group: Nullable(Reference('group'), { default: null }),
    fields: Type.Array(Reference('prompt'), { default: [] }),
    checks: Type.Array(Type.Object({ policy: Reference('policy') }), { default: [] }),
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
  options: Type.Object({
    result: Type.Boolean({ default: true }), language: Type.Optional(StringEnum(['cel'] as const)), text: Type.String()
  }),
  prepare: () => ({ pure: true, evaluate: () => true })
}

const KINDS = { stageKinds: [step], policyKinds: [rule] }

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 })
const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.constantFrom(
  'no', 'y', '<<', '=', '~', '', ' a ', '12:30', '2024-01-01', '!KeyOf flow',
  '- a', 'a: b', '#', '---', 'a\n\nb\n', '\u0085', '\u2028x', '\r\n'))
const int32 = fc.integer({ min: -2147483648, max: 2147483647 })
const json = fc.jsonValue({ maxDepth: 3 }).map((value) => harmless(value))
const attributes = fc.dictionary(anyText, json, { maxKeys: 4 }).map((value) => harmless(value))
const pick = <T>(items: readonly T[]) => fc.constantFrom(...items)
const maybe = <T>(items: readonly T[]) => items.length === 0 ? fc.constant(null) : fc.option(pick(items))
const some = <T>(items: readonly T[]) => fc.subarray([...items])

/** Without negative zeros, which no other process could tell, and without keys that a blueprint refuses. */
function harmless<T> (value: T): T {
  return JSON.parse(JSON.stringify(value), function (key, member) {
    return ['__proto__', 'constructor', 'prototype'].includes(key) ? undefined : member
  })
}

const names = (max: number) => fc.uniqueArray(text, { maxLength: max })

/** Most objects have the key that follows from their names, some another one. */
const keyed = (derived: string) => fc.oneof(
  { weight: 4, arbitrary: fc.constant(derived) }, { weight: 1, arbitrary: fc.uuid({ version: 4 }) })

const slugs = fc.uniqueArray(fc.string({ unit: fc.constantFrom(...'abAB01-_'), minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 3 })

const groups = names(3).chain((all) => fc.tuple(...all.map((name) => fc.record({
  pk: keyed(identity.groupKey(name)), name: fc.constant(name), isSuperuser: fc.boolean(), attributes
})))).chain((made) => fc.tuple(...made.map((group, index) =>
  maybe(made.slice(0, index).map(({ pk }) => pk)).map((parent) => ({ ...group, parent })))))

const prompts = names(4).chain((all) => fc.tuple(...all.map((name) => fc.record({
  pk: keyed(identity.promptKey(name)),
  name: fc.constant(name),
  fieldKey: text,
  label: text,
  type: fc.constantFrom('text' as const, 'password' as const, 'ak-locale' as const),
  required: fc.boolean(),
  placeholder: anyText,
  initialValue: anyText,
  subText: anyText,
  order: int32,
  placeholderExpression: fc.boolean(),
  initialValueExpression: fc.boolean()
}))))

const policies = names(4).chain((all) => fc.tuple(...all.map((name) => fc.record({
  pk: keyed(identity.policyKey(RULE, name)),
  name: fc.constant(name),
  kind: fc.constant('rule'),
  executionLogging: fc.boolean(),
  options: fc.record({ result: fc.boolean(), text: anyText, language: fc.constant('cel') }, { requiredKeys: ['result', 'text'] })
}))))

const flows = slugs.chain((all) => fc.tuple(...all.map((slug) => keyed(identity.flowKey(slug)).chain((pk) => fc.record({
  pk: fc.constant(pk),
  policybindingmodelPtrId: fc.constant(identity.policyBindingModelKey(MODEL.flow, pk)),
  slug: fc.constant(slug),
  name: text,
  title: text,
  designation: fc.constantFrom('authentication' as const, 'recovery' as const),
  layout: fc.constantFrom('stacked' as const, 'content_left' as const),
  background: fc.option(fc.webPath()),
  compatibilityMode: fc.boolean(),
  deniedAction: fc.constantFrom('message_continue' as const, 'continue' as const),
  authentication: fc.constantFrom('none' as const, 'require_superuser' as const),
  policyEngineMode: fc.constantFrom('all' as const, 'any' as const)
})))))

const parts = fc.record({ flows, groups, prompts, policies, stageNames: names(5) })

function keysOf (stageNames: readonly string[]): fc.Arbitrary<string[]> {
  return fc.tuple(...stageNames.map((name) => keyed(identity.stageKey(STEP, name))))
}

/** Stages refer to the first flow only, which is loaded before the others, and to each other as they like. */
const definitions: fc.Arbitrary<Definitions> = parts.chain(({ flows, groups, prompts, policies, stageNames }) => {
  const [firstFlow] = flows
  return keysOf(stageNames).chain((keys) => fc.record({
    stages: fc.tuple(...stageNames.map((name, index) => fc.record({
      pk: fc.constant(keys[index] ?? ''),
      name: fc.constant(name),
      kind: fc.constant('step'),
      options: fc.record({
        loud: fc.boolean(),
        tries: fc.nat(),
        note: anyText,
        secretKey: fc.constant(''),
        secondSecret: fc.constant(null),
        then: fc.constantFrom(firstFlow?.pk ?? null, null),
        helper: maybe(keys),
        group: maybe(groups.map(({ pk }) => pk)),
        fields: some(prompts.map(({ pk }) => pk)),
        checks: some(policies.map(({ pk }) => ({ policy: pk }))),
        extra: attributes
      })
    }))),
    bindings: stageBindings(flows.map(({ pk }) => pk), keys)
  })).chain(({ stages, bindings }) => {
    const targets = [...flows, ...bindings].map(({ pk }) => pk)
    return policyBindings(targets, policies.map(({ pk }) => pk), groups.map(({ pk }) => pk))
      .map((bound) => ({ flows, stages, bindings, policies, policyBindings: bound, prompts, groups, users: [] }))
  })
})

function stageBindings (flows: readonly string[], stages: readonly string[]): fc.Arbitrary<StageBinding[]> {
  if (stages.length === 0) return fc.constant([])
  return fc.array(fc.record({
    target: pick(flows),
    stage: pick(stages),
    order: fc.integer({ min: -2, max: 3 }),
    flags: fc.constantFrom([true, true] as const, [true, false] as const, [false, true] as const),
    policyEngineMode: fc.constantFrom('all' as const, 'any' as const),
    invalidResponseAction: fc.constantFrom('retry' as const, 'restart' as const),
    ownKey: fc.option(fc.uuid({ version: 4 }), { freq: 4 })
  }), { maxLength: 8 }).map((made) => unique(made.map(({ flags, ownKey, ...fields }) => {
    const natural = identity.stageBindingKey(fields.target, fields.stage, fields.order)
    const pk = ownKey ?? natural
    return {
      natural,
      object: {
        pk,
        policybindingmodelPtrId: identity.policyBindingModelKey(MODEL.stageBinding, pk),
        evaluateOnPlan: flags[0],
        reEvaluatePolicies: flags[1],
        ...fields
      }
    }
  })))
}

function policyBindings (
  targets: readonly string[], policies: readonly string[], groups: readonly string[]
): fc.Arbitrary<PolicyBinding[]> {
  const none = { policy: null, group: null, user: null }
  const subjects = [
    ...policies.map((policy) => ({ ...none, policy })), ...groups.map((group) => ({ ...none, group })),
    { ...none, user: 5 }, { ...none, user: identity.userKey('ann') }
  ]
  return fc.array(fc.record({
    target: pick(targets),
    subject: pick(subjects),
    order: fc.integer({ min: 0, max: 3 }),
    enabled: fc.boolean(),
    negate: fc.boolean(),
    timeout: fc.nat(),
    failure: fc.constantFrom({}, { failureResult: true }, { failureResult: false }),
    ownKey: fc.option(fc.uuid({ version: 4 }), { freq: 4 })
  }), { maxLength: 8 }).map((made) => unique(made.map(({ subject, failure, ownKey, ...fields }) => {
    const natural = identity.policyBindingKey(fields.target, subject, fields.order)
    return { natural, object: { pk: ownKey ?? natural, ...fields, ...subject, ...failure } }
  })))
}

function unique<T> (made: readonly { readonly natural: string, readonly object: T }[]): T[] {
  return [...new Map(made.map(({ natural, object }) => [natural, object])).values()]
}

/** What the flows of definitions come to: all that can be reached from them. */
function reachable (all: Definitions): Definitions {
  const used = new Set<string>()
  const take = (pk: unknown) => {
    if (typeof pk !== 'string' || used.has(pk)) return
    used.add(pk)
    const stage = all.stages.find((candidate) => candidate.pk === pk)
    if (stage !== undefined) JSON.stringify(stage.options, (_key, value) => { take(value); return value })
    take(all.groups.find((candidate) => candidate.pk === pk)?.parent)
  }
  all.bindings.forEach(({ stage }) => take(stage))
  all.policyBindings.forEach(({ policy, group }) => { take(policy); take(group) })
  const only = <T extends { readonly pk: string }>(list: readonly T[]) => list.filter(({ pk }) => used.has(pk))
  return { ...all, stages: only(all.stages), policies: only(all.policies), prompts: only(all.prompts), groups: only(all.groups) }
}

const byKey = <T extends { readonly pk: string }>(list: readonly T[]) => Object.fromEntries(list.map((item) => [item.pk, item]))

/** As plain JSON, whatever the prototypes and the order of keys. */
const comparable = (all: Definitions): unknown => JSON.parse(JSON.stringify({
  flows: byKey(all.flows),
  stages: byKey(all.stages),
  policies: byKey(all.policies),
  prompts: byKey(all.prompts),
  groups: byKey(all.groups),
  users: all.users,
  // Ties go by the order in which bindings were added, so within a target their order counts.
  bindings: Object.fromEntries(all.flows.map(({ pk }) => [pk, all.bindings.filter(({ target }) => target === pk)])),
  policyBindings: Object.fromEntries([...all.flows, ...all.bindings].map(({ pk }) =>
    [pk, all.policyBindings.filter(({ target }) => target === pk)]))
}))

t.test('exportFlow: the exports of random flows load again to the same definitions', async (t) => {
  fc.assert(fc.property(definitions, (all) => {
    const files = all.flows.map(({ slug }) => ({ path: `${slug}.yaml`, text: exportFlow(slug, all, KINDS) }))
    const { definitions, warnings } = loadBlueprints(files, KINDS)
    assert.deepEqual(warnings, [])
    assert.deepEqual(comparable(definitions), comparable(reachable(all)))
  }), { numRuns: 300 })
  t.pass('300 definitions')
})

const EMPTY: Definitions = {
  flows: [], stages: [], bindings: [], policies: [], policyBindings: [], prompts: [], groups: [], users: []
}

function flowOf (slug: string): Definitions['flows'][number] {
  return {
    pk: identity.flowKey(slug),
    policybindingmodelPtrId: identity.policyBindingModelKey(MODEL.flow, identity.flowKey(slug)),
    slug,
    name: slug,
    title: slug,
    designation: 'recovery',
    layout: 'stacked',
    background: null,
    compatibilityMode: false,
    deniedAction: 'message',
    authentication: 'none',
    policyEngineMode: 'any'
  }
}

t.test('exportFlow: secrets are left out, other flows looked for by slug, and nothing but what is needed is there', async (t) => {
  const pk = identity.stageKey(STEP, 's')
  const binding = identity.stageBindingKey(identity.flowKey('a'), pk, 1)
  const all: Definitions = {
    ...EMPTY,
    flows: [flowOf('a'), flowOf('b')],
    stages: [{
      pk,
      name: 's',
      kind: 'step',
      options: { loud: false, secretKey: 'hunter2', secondSecret: 'hunter3', then: identity.flowKey('b') }
    }, { pk: identity.stageKey(STEP, 'unused'), name: 'unused', kind: 'step', options: {} }],
    bindings: [{
      pk: binding,
      policybindingmodelPtrId: identity.policyBindingModelKey(MODEL.stageBinding, binding),
      target: identity.flowKey('a'),
      stage: pk,
      order: 1,
      evaluateOnPlan: false,
      reEvaluatePolicies: true,
      policyEngineMode: 'any',
      invalidResponseAction: 'retry'
    }]
  }
  const text = exportFlow('a', all, { ...KINDS, now: () => 0 })
  t.notMatch(text, /hunter/)
  t.notMatch(text, /unused/)
  t.match(text, /# Left out, as they are secret: secret_key, second_secret/)
  t.match(text, /then: !Find \[ authentik_flows\.flow, \[ slug, b \] \]/)
  t.match(text, /stage: !KeyOf stage-s\n/)
  t.notMatch(text, new RegExp(pk))
  t.match(parse(text, { logLevel: 'silent' }), {
    version: 1, context: {}, metadata: { name: 'Export of the flow a - 1970-01-01T00:00:00.000Z' }
  })
  t.match(exportFlow('a', all, KINDS), /name: Export of the flow a\n/)
  t.throws(() => exportFlow('c', all, KINDS), { code: 'FST_FLOW_NOT_FOUND' })
  t.throws(() => exportFlow('a', all, { stageKinds: [], policyKinds: [] }), {
    code: 'FST_FLOW_DEFINITION', message: "stage 's': there is no stage kind 'step'"
  })
})
