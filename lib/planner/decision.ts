import type { Verdict } from '../policies/verdict.js'

/**
 * What was decided about a binding, and why. `kept`: it stays in the plan; `kept_to_ask_again`: it stays, and its
 * policies are asked when its turn comes; `left_out`: it is not planned; `taken_out`: it was planned, and its policies
 * failed when its turn came; `refused`: the flow does not apply; `denied`: the run ended here.
 */
export type DecisionKind = 'kept' | 'kept_to_ask_again' | 'left_out' | 'taken_out' | 'refused' | 'denied'

/** One decision; plain data. */
export interface Decision {
  /** Primary key of the stage binding; null where it is about the flow itself. */
  readonly binding: string | null
  readonly decision: DecisionKind
  /** Whether it was decided while planning or when the binding's turn came. */
  readonly at: 'plan' | 'turn'
  readonly messages: readonly string[]
  /** Empty where no policy was asked. */
  readonly verdicts: readonly Verdict[]
}

/** The same decision, marked as taken from the plan cache. */
export function asCached (decision: Decision): Decision {
  return { ...decision, verdicts: decision.verdicts.map((verdict) => ({ ...verdict, cached: true })) }
}
