import { appended } from '../appended.js'
import type { AnswerFault } from '../stages/stage-result.js'

/** What happened in a run, without its time. `binding` is the primary key of the stage binding that it happened at. */
type RunHappening =
  /** The run began. */
  | { readonly kind: 'started' }
  /** The challenge of a stage was made for the first time. */
  | { readonly kind: 'challenge', readonly binding: string }
  /** An answer was refused, and why. */
  | { readonly kind: 'refused', readonly binding: string, readonly faults: readonly AnswerFault[] }
  /** A stage passed. */
  | { readonly kind: 'passed', readonly binding: string }
  /** A stage was taken out of the plan: its policies failed when its turn came. */
  | { readonly kind: 'taken_out', readonly binding: string }
  /** A stage's own code failed; `request` is the id of the request in the log. */
  | { readonly kind: 'failed', readonly binding: string, readonly request: string }
  /** The flow was planned anew, with the context that it had or the one that it began with. */
  | { readonly kind: 'restarted', readonly binding: string, readonly keptContext: boolean }
  /** The run was denied, at a stage or (null) by its planning. */
  | { readonly kind: 'denied', readonly binding: string | null, readonly message: string }
  /** The run ended at `to`. */
  | { readonly kind: 'ended', readonly to: string }
  /** The run was cancelled. */
  | { readonly kind: 'cancelled' }

/** One line of a run's timeline; plain data. */
export type RunEvent = RunHappening & {
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** Refusals and faults kept of one run: whoever guesses for ever must not make the run's state grow for ever. */
const MAX_REPEATED = 50

/** The timeline with one more event. Of refusals and faults the first ones stay, and the newest. */
export function withEvent (events: readonly RunEvent[], event: RunEvent): RunEvent[] {
  if (!isRepeatable(event)) return appended(events, event)
  const repeated = events.filter(isRepeatable)
  const last = repeated.at(-1)
  return appended(repeated.length < MAX_REPEATED ? events : events.filter((other) => other !== last), event)
}

function isRepeatable ({ kind }: RunEvent): boolean {
  return kind === 'refused' || kind === 'failed'
}
