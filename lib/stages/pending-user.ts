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
 *
 * @returns undefined where anybody may be put in, null where it was made for somebody who is gone: nobody may.
 */
export function fixedSubject (context: PlanContext): Subject | null | undefined {
  const { pending_user: subject } = context
  if (subject === undefined || !isRestored(context)) return undefined
  if (subject === null) return null
  return subject.pk === null ? undefined : subject
}

function isRestored ({ is_restored: restored }: PlanContext): boolean {
  return restored !== undefined && restored !== null && restored !== false
}

function forgetProofs (context: PlanContext): void {
  delete context.user_backend
  delete context.auth_method
  delete context.auth_method_args
}
