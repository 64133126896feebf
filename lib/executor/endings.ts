import type { FlowNotApplicableError } from '../planner/plan-errors.js'
import { checkRedirect } from '../redirect/own-path.js'
import { isRedirectTarget } from '../redirect/web-target.js'
import type { Ending } from '../runs/run-state.js'
import type { ExecutorTools } from './executor-tools.js'
import type { Walk } from './walk.js'

/** The run is denied. */
export const deniedEnding = (message: string): Ending => ({ kind: 'denied', message: message === '' ? 'Unknown error' : message })

/** The run goes to `to`, and ends there. */
export const redirectEnding = (to: string): Ending => ({ kind: 'redirected', to })

/** How a flow ends that has no stage left: where code says, else where the page's `next` says, else at the default. */
export function finishEnding (tools: ExecutorTools, walk: Pick<Walk, 'context' | 'query'>): Ending {
  const { redirect } = walk.context
  if (typeof redirect === 'string') return isRedirectTarget(redirect) ? redirectEnding(redirect) : deniedEnding('Invalid next URL')
  const next = nextOf(walk.query)
  if (next === undefined) return redirectEnding(tools.defaultRedirect)
  const checked = checkRedirect(next)
  return checked === undefined ? deniedEnding('Invalid next URL') : redirectEnding(checked)
}

/** How a run ends whose flow does not apply, by the flow's `denied_action`. */
export function refusalEnding (
  tools: ExecutorTools, walk: Pick<Walk, 'plan' | 'query'>, error: FlowNotApplicableError
): Ending {
  const next = checkRedirect(nextOf(walk.query))
  switch (walk.plan.flow.deniedAction) {
    case 'message_continue': return next === undefined ? deniedEnding(error.message) : redirectEnding(next)
    case 'continue': return redirectEnding(next ?? tools.defaultRedirect)
    default: return deniedEnding(error.message)
  }
}

/** The `next` of a page's query; undefined where there is none or it is blank. */
function nextOf (query: string): string | undefined {
  const next = new URLSearchParams(query).get('next')
  return next === null || next === '' ? undefined : next
}
