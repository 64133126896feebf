import type { Marker } from '../planner/flow-plan.js'
import type { PendingState } from './run-state.js'

/** What the state of a run keeps of a binding that is still to pass, by its marker. */
export type PendingStates = Readonly<Record<Marker, PendingState>>

/** Made once for each binding: all runs that are idle before it share them. */
export function pendingStates (binding: string): PendingStates {
  return Object.freeze({
    none: Object.freeze({ binding, marker: 'none' }),
    re_evaluate: Object.freeze({ binding, marker: 're_evaluate' })
  })
}
