import type { PlanContext } from '../context/plan-context.js'
import type { Subject } from '../model/user.js'

/** Makes somebody the one the flow is about. What was proved about somebody else before is forgotten. */
export function setPendingUser (context: PlanContext, subject: Subject): void {
  if (context.pending_user?.uuid !== subject.uuid) forgetProofs(context)
  context.pending_user = subject
}

/**
 * Tells who a restored plan is fixed to: the link or token that restored it was made for one user, and nothing in the
 * flow may put another in that user's place (CVE-2023-26481).
 */
export function fixedSubject (context: PlanContext): Subject | undefined {
  const subject = context.pending_user ?? undefined
  const isRestored = context.is_restored !== undefined && context.is_restored !== null && context.is_restored !== false
  return isRestored && subject !== undefined && subject.pk !== null ? subject : undefined
}

function forgetProofs (context: PlanContext): void {
  delete context.user_backend
  delete context.auth_method
  delete context.auth_method_args
}
