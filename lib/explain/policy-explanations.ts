import type { PolicyBinding } from '../model/policy-binding.js'
import type { Decision } from '../planner/decision.js'
import type { DefinitionSet } from '../registry/definition-set.js'
import { grouped } from '../registry/grouping.js'
import type { AskedVerdict, PolicyExplanation } from './explanation-schema.js'

/** The policy bindings of each target. Definitions never change, so they are sorted out once. */
const byTarget = new WeakMap<DefinitionSet, ReadonlyMap<string, readonly PolicyBinding[]>>()

function bindingsOf (target: string, set: DefinitionSet): readonly PolicyBinding[] {
  let sorted = byTarget.get(set)
  if (sorted === undefined) {
    sorted = grouped(set.definitions.policyBindings.toSorted((a, b) => a.order - b.order), (binding) => binding.target)
    byTarget.set(set, sorted)
  }
  return sorted.get(target) ?? []
}

/**
 * Every policy binding of a flow or stage binding, in the order in which they are asked, with its verdicts.
 *
 * @param decisions those about the target.
 */
export function explainPolicies (target: string, set: DefinitionSet, decisions: readonly Decision[]): PolicyExplanation[] {
  return bindingsOf(target, set).map((binding) => {
    const verdicts = decisions.flatMap((decision) => verdictsOf(binding.pk, decision))
    return {
      pk: binding.pk,
      order: binding.order,
      ...nameOf(binding, set),
      enabled: binding.enabled,
      negate: binding.negate,
      timeout: binding.timeout,
      failureResult: binding.failureResult ?? null,
      result: verdicts.at(-1)?.result ?? 'not_asked',
      verdicts
    }
  })
}

function verdictsOf (pk: string, { at, verdicts }: Decision): AskedVerdict[] {
  return verdicts.filter(({ binding }) => binding === pk).map(({ result, faulty, messages, duration, cached }) =>
    ({ asked: at, result, faulty, messages: [...messages], duration, cached }))
}

function nameOf ({ policy, group, user }: PolicyBinding, set: DefinitionSet): { name: string, kind: string } {
  const asked = policy === null ? undefined : set.policy(policy)
  if (asked !== undefined) return { name: asked.name, kind: asked.kind }
  if (group !== null) return { name: set.group(group)?.name ?? group, kind: 'group' }
  return { name: set.nameOfUser(user ?? ''), kind: 'user' }
}
