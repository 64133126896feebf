import { DefinitionError } from '../errors.js'
import { deepFreeze } from '../freeze.js'
import type { Definitions } from '../model/definitions.js'
import { checkedAt, type Places } from '../model/places.js'
import type { Policy } from '../model/policy.js'
import type { PreparedPolicy } from '../policies/policy-kind.js'
import { preparePrompt } from '../policies/prepare-prompt.js'
import { compileFlows } from './compile-flows.js'
import { DefinitionSet } from './definition-set.js'
import { kindOfPolicy, kindOfStage, type Kinds } from './kinds.js'
import { normalised } from './normalise.js'
import { checkReferences } from './reference-check.js'

/**
 * Checks definitions as a whole and makes them ready for planning.
 *
 * @throws DefinitionError that names the object, the field and what would be right; before them the object's place,
 * where the definitions have it.
 */
export function compile (given: Definitions, kinds: Kinds): DefinitionSet {
  const definitions = deepFreeze(normalised(given, kinds))
  const { places } = definitions
  const stages = byKey(definitions.stages, places)
  const prompts = byKey(definitions.prompts, places)
  const groups = byKey(definitions.groups, places)
  const policies = byKey(definitions.policies, places)
  byKey(definitions.flows, places)
  byKey(definitions.bindings, places)
  byKey(definitions.policyBindings, places)
  checkReferences(definitions, kinds)
  const parts = {
    definitions,
    stages,
    groups,
    policies: mapValues(policies, (policy) => ({ policy, prepared: prepared(policy, kinds, places) })),
    prompts: mapValues(prompts, (prompt) => ({
      prompt,
      functions: checkedAt(places, prompt.pk, () => preparePrompt(prompt, kinds.promptFunctions.get(prompt.name)))
    }))
  }
  const set = new DefinitionSet(parts, (lookup) => compileFlows(definitions, lookup, kinds.stageKinds))
  for (const stage of definitions.stages) checkedAt(places, stage.pk, () => kindOfStage(stage, kinds).check?.(stage, set))
  return set
}

function prepared (policy: Policy, kinds: Kinds, places: Places | undefined): PreparedPolicy {
  const { name, options } = policy
  return checkedAt(places, policy.pk, () =>
    kindOfPolicy(policy, kinds).prepare({ name, options }, { functions: kinds.policyFunctions }))
}

function byKey<T extends { readonly pk: string }> (objects: readonly T[], places: Places | undefined): Map<string, T> {
  const map = new Map<string, T>()
  for (const object of objects) {
    checkedAt(places, object.pk, () => {
      if (map.has(object.pk)) throw new DefinitionError(object.pk, 'this primary key occurs twice')
    })
    map.set(object.pk, object)
  }
  return map
}

function mapValues<K, V, W> (map: ReadonlyMap<K, V>, change: (value: V) => W): Map<K, W> {
  return new Map(Array.from(map, ([key, value]) => [key, change(value)]))
}
