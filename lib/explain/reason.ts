import type { Flow } from '../model/flow.js'
import type { BindingExplanation, PlanningExplanation, PolicyExplanation } from './explanation-schema.js'

const REQUIREMENTS: Readonly<Record<Flow['authentication'], string>> = {
  none: 'nothing',
  require_authenticated: 'that somebody is signed in',
  require_unauthenticated: 'that nobody is signed in',
  require_superuser: 'a superuser',
  require_redirect: 'a stage of another flow that leads to it',
  require_outpost: 'a trusted outpost'
}

/** Why the flow does or does not apply, in words. */
export function planningReason (
  { outcome, requirement, policies }: Pick<PlanningExplanation, 'outcome' | 'requirement' | 'policies'>,
  refusedAt: Pick<BindingExplanation, 'stage' | 'policies'> | undefined
): string {
  switch (outcome) {
    case 'planned': return policies.some(({ result }) => result !== 'not_asked') ? `The flow applies: ${said(policies)}.` : 'The flow applies.'
    case 'empty': return 'The flow applies, but no stage is left.'
    case 'requirement': return `The flow does not apply: it requires ${REQUIREMENTS[requirement]} (${requirement}).`
    case 'policy': return `The flow does not apply: ${said(policies)}.`
    case 'policy_error': return refusedAt === undefined
      ? `The flow does not apply, because it could not be checked: ${said(policies)}.`
      : `The flow does not apply, because its stage '${refusedAt.stage.name}' could not be checked: ${said(refusedAt.policies)}.`
  }
}

/** Why a binding is in its state, in words. */
export function bindingReason (
  { state, inserted, marker, decisions, policies }: Omit<BindingExplanation, 'reason'>, isRefused: boolean
): string {
  switch (state) {
    case 'passed': return inserted ? 'Put into the plan, and passed.' : 'Passed.'
    case 'left_out': return `Left out while the flow was planned: ${said(policies)}.`
    case 'taken_out': return `Taken out when its turn came: ${said(policies)}.`
    case 'planned': return marker === 're_evaluate' && policies.some(({ enabled }) => enabled)
      ? 'Planned; its policies are asked when its turn comes.'
      : 'Planned.'
    case 'current': return decisions.at(-1)?.decision === 'denied'
      ? `The run was denied here, because it could not be checked: ${said(policies)}.`
      : 'Its turn has come.'
    case 'not_reached': return isRefused ? 'Not reached: the flow was refused.' : 'Not reached: the run ended before.'
  }
}

/** What the policies said that were asked, such as "'staff' failed (negated): not on the list". */
function said (policies: readonly PolicyExplanation[]): string {
  const asked = policies.filter(({ result }) => result !== 'not_asked' && result !== 'cancelled')
  return asked.map(({ name, result, negate, verdicts }) => {
    const word = { pass: 'passed', fail: 'failed', error: 'could not answer' }[String(result)] ?? result
    const messages = verdicts.at(-1)?.messages ?? []
    return `'${name}' ${word}${negate ? ' (negated)' : ''}${messages.length === 0 ? '' : `: ${messages.join(' ').replace(/\.$/, '')}`}`
  }).join('; ')
}
