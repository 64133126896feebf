import type { CompiledFlow } from '../registry/compiled-flow.js'
import type { StoredRun } from '../runs/run-state.js'

/** What is found of a run: live, ended, or one that cannot go on (too old, or its definition is gone). */
export type FoundRun =
  | { readonly kind: 'none' }
  | {
    readonly kind: 'live'
    readonly run: StoredRun
    readonly flow: CompiledFlow
    /** A time, by the planner's clock, after which the run was written; -Infinity where the store does not tell its age. */
    readonly movedAfter: number
    /** Whether it is what this process remembers, and the store was not asked. */
    readonly isRecalled: boolean
  }
  | { readonly kind: 'ended', readonly run: StoredRun }
  | { readonly kind: 'expired', readonly run: StoredRun }
  | { readonly kind: 'outdated', readonly run: StoredRun }

export type LiveRun = Extract<FoundRun, { kind: 'live' }>

/** A run that shows a challenge: its start has got as far as that. */
export type ShownRun = LiveRun & { readonly run: { readonly state: { readonly entered: true } } }

export function isOnShow (found: FoundRun): found is ShownRun {
  return found.kind === 'live' && found.run.state.entered
}
