import type { TSchema } from '@sinclair/typebox'
import { DefinitionError } from '../errors.js'
import { deepFreeze } from '../freeze.js'
import type { Definitions } from '../model/definitions.js'
import { FlowSchema } from '../model/flow.js'
import { GroupSchema } from '../model/group.js'
import { PolicyBindingSchema } from '../model/policy-binding.js'
import { PolicySchema, type Policy } from '../model/policy.js'
import { PromptSchema } from '../model/prompt.js'
import { referencesIn } from '../model/references.js'
import { StageBindingSchema } from '../model/stage-binding.js'
import { StageSchema, type Stage } from '../model/stage.js'
import { UserSeedSchema } from '../model/user.js'
import type { PolicyFunction, PolicyKind } from '../policies/policy-kind.js'
import { preparePrompt } from '../policies/prepare-prompt.js'
import type { PromptFunctions } from '../policies/prompt-function.js'
import type { StageKind } from '../stages/stage-kind.js'
import { compileFlows } from './compile-flows.js'
import { DefinitionSet } from './definition-set.js'
import { filledOptions, requireValid } from './schema-check.js'

/** What definitions may be made of. */
export interface Kinds {
  readonly stageKinds: ReadonlyMap<string, StageKind>
  readonly policyKinds: ReadonlyMap<string, PolicyKind>
  readonly policyFunctions: ReadonlyMap<string, PolicyFunction>
  readonly promptFunctions: ReadonlyMap<string, PromptFunctions>
}

/**
 * Checks definitions as a whole and makes them ready for planning.
 *
 * @throws DefinitionError that names the object, the field and what would be right.
 */
export function compile (given: Definitions, kinds: Kinds): DefinitionSet {
  const definitions = deepFreeze(normalised(given, kinds))
  const stages = byKey(definitions.stages)
  const prompts = byKey(definitions.prompts)
  const groups = byKey(definitions.groups)
  const policies = byKey(definitions.policies)
  byKey(definitions.flows)
  byKey(definitions.bindings)
  byKey(definitions.policyBindings)
  checkReferences(definitions, kinds)
  const preparation = { functions: kinds.policyFunctions }
  const parts = {
    definitions,
    stages,
    groups,
    policies: mapValues(policies, (policy) => ({
      policy,
      prepared: policyKind(policy, kinds).prepare({ name: policy.name, options: policy.options }, preparation)
    })),
    prompts: mapValues(prompts, (prompt) => ({
      prompt,
      functions: preparePrompt(prompt, kinds.promptFunctions.get(prompt.name))
    }))
  }
  const set = new DefinitionSet(parts, (lookup) => compileFlows(definitions, lookup, kinds.stageKinds))
  for (const stage of definitions.stages) stageKind(stage, kinds).check?.(stage, set)
  return set
}

/** Definitions with the defaults of their kinds filled in, every object valid in itself. */
function normalised (given: Definitions, kinds: Kinds): Definitions {
  const stages = given.stages.map((stage) => {
    requireValid(StageSchema, stage, `stage '${stage.name}'`)
    const { options } = stageKind(stage, kinds)
    return { ...stage, options: filledOptions(options, stage.options, `stage '${stage.name}' (${stage.kind})`) }
  })
  const policies = given.policies.map((policy) => {
    requireValid(PolicySchema, policy, `policy '${policy.name}'`)
    const { options } = policyKind(policy, kinds)
    return { ...policy, options: filledOptions(options, policy.options, `policy '${policy.name}' (${policy.kind})`) }
  })
  const all = { ...structuredClone(given), stages, policies }
  requireEach(FlowSchema, all.flows, (flow) => `flow '${flow.slug}'`)
  requireEach(StageBindingSchema, all.bindings, (binding) => `stage binding #${binding.order} (${binding.pk})`)
  requireEach(PolicyBindingSchema, all.policyBindings, (binding) => `policy binding #${binding.order} (${binding.pk})`)
  requireEach(PromptSchema, all.prompts, (prompt) => `prompt '${prompt.name}'`)
  requireEach(GroupSchema, all.groups, (group) => `group '${group.name}'`)
  requireEach(UserSeedSchema, all.users, (user) => `user '${user.username}'`)
  requireUnique(all.flows, ({ slug }) => slug, 'flow', 'slug')
  requireUnique(all.stages, ({ name }) => name, 'stage', 'name')
  requireUnique(all.policies, ({ name }) => name, 'policy', 'name')
  requireUnique(all.prompts, ({ name }) => name, 'prompt', 'name')
  requireUnique(all.users, ({ username }) => username, 'user', 'username')
  return all
}

function requireEach<T> (schema: TSchema, objects: readonly T[], where: (object: T) => string): void {
  for (const object of objects) requireValid(schema, object, where(object))
}

function requireUnique<T> (objects: readonly T[], key: (object: T) => string, what: string, field: string): void {
  const seen = new Set<string>()
  for (const object of objects) {
    if (seen.has(key(object))) throw new DefinitionError(`${what} '${key(object)}'`, `there is another ${what} of this ${field}`)
    seen.add(key(object))
  }
}

function checkReferences (definitions: Definitions, kinds: Kinds): void {
  const keys = {
    flow: new Set(definitions.flows.map(({ pk }) => pk)),
    stage: new Set(definitions.stages.map(({ pk }) => pk)),
    policy: new Set(definitions.policies.map(({ pk }) => pk)),
    prompt: new Set(definitions.prompts.map(({ pk }) => pk)),
    group: new Set(definitions.groups.map(({ pk }) => pk))
  }
  const check = (schema: TSchema, value: object, where: string) => {
    for (const { field, target, pk } of referencesIn(schema, value)) {
      if (!keys[target].has(pk)) throw new DefinitionError(where, `field '${field}': there is no ${target} ${pk}`)
    }
  }
  for (const stage of definitions.stages) check(stageKind(stage, kinds).options, stage.options, `stage '${stage.name}'`)
  for (const policy of definitions.policies) check(policyKind(policy, kinds).options, policy.options, `policy '${policy.name}'`)
  for (const group of definitions.groups) check(GroupSchema, group, `group '${group.name}'`)
  for (const user of definitions.users) check(UserSeedSchema, user, `user '${user.username}'`)
  for (const binding of definitions.bindings) check(StageBindingSchema, binding, `stage binding #${binding.order} (${binding.pk})`)
  for (const binding of definitions.policyBindings) {
    check(PolicyBindingSchema, binding, `policy binding #${binding.order} (${binding.pk})`)
  }
}

function stageKind (stage: Stage, kinds: Kinds): StageKind {
  const kind = kinds.stageKinds.get(stage.kind)
  if (kind === undefined) throw unknownKind('stage', stage, kinds.stageKinds)
  return kind
}

function policyKind (policy: Policy, kinds: Kinds): PolicyKind {
  const kind = kinds.policyKinds.get(policy.kind)
  if (kind === undefined) throw unknownKind('policy', policy, kinds.policyKinds)
  return kind
}

function unknownKind (what: 'stage' | 'policy', object: Stage | Policy, known: ReadonlyMap<string, unknown>): Error {
  return new DefinitionError(`${what} '${object.name}'`,
    `nothing handles the kind '${object.kind}': register it (option '${what}Kinds'), or use one of ${[...known.keys()].join(', ')}`)
}

function byKey<T extends { readonly pk: string }> (objects: readonly T[]): Map<string, T> {
  const map = new Map<string, T>()
  for (const object of objects) {
    if (map.has(object.pk)) throw new DefinitionError(object.pk, 'this primary key occurs twice')
    map.set(object.pk, object)
  }
  return map
}

function mapValues<K, V, W> (map: ReadonlyMap<K, V>, change: (value: V) => W): Map<K, W> {
  return new Map(Array.from(map, ([key, value]) => [key, change(value)]))
}
