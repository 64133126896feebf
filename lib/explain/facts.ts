import type { BindingExplanation, Explanation, PlanningExplanation, PolicyExplanation } from './explanation-schema.js'
import type { BindingFacts, PlanningFacts, PolicyFacts } from './reason.js'

/** What words need to know of a planning. */
export function planningFacts (
  { outcome, requirement, policies }: Omit<PlanningExplanation, 'reason'>,
  bindings: ReadonlyArray<Pick<BindingExplanation, 'stage' | 'policies' | 'decisions'>>
): PlanningFacts {
  const refused = bindings.find(({ decisions }) => decisions.some(({ decision }) => decision === 'refused'))
  return {
    outcome,
    requirement,
    policies: policies.map(policyFacts),
    refusedAt: refused === undefined ? undefined : { stage: refused.stage.name, policies: refused.policies.map(policyFacts) }
  }
}

/** What words need to know of a binding. */
export function bindingFacts (
  { state, inserted, marker, decisions, policies }: Omit<BindingExplanation, 'reason'>,
  outcome: PlanningExplanation['outcome'],
  ending: Explanation['run']['ending']
): BindingFacts {
  return {
    state,
    inserted,
    marker: marker ?? '',
    decision: decisions.at(-1)?.decision ?? '',
    policies: policies.map(policyFacts),
    outcome,
    ending: ending?.kind ?? '',
    message: ending?.message ?? ''
  }
}

function policyFacts ({ name, enabled, negate, result, verdicts }: PolicyExplanation): PolicyFacts {
  return { name, enabled, negate, result, messages: verdicts.at(-1)?.messages ?? [] }
}
