import type { PlanContext } from '../context/plan-context.js'
import type { Flow } from '../model/flow.js'
import type { User } from '../model/user.js'
import type { RequestFacts } from '../request-facts.js'

/** Tells whether a request comes from a trusted outpost; without one, none does. */
export type OutpostCheck = (http: RequestFacts | null) => boolean

/**
 * Checks a flow's `authentication` requirement against who is signed in, not against whom the flow is about.
 * `require_redirect` wants a run that a stage of another flow has started.
 */
export function meetsRequirement (
  flow: Flow, user: User | null, context: PlanContext, http: RequestFacts | null, isOutpost: OutpostCheck
): boolean {
  switch (flow.authentication) {
    case 'none': return true
    case 'require_authenticated': return user !== null
    case 'require_unauthenticated': return user === null
    case 'require_superuser': return user !== null && user.isSuperuser
    case 'require_redirect': return context['is_redirected'] !== undefined
    case 'require_outpost': return isOutpost(http)
    default: return false
  }
}
