import type { AttemptBudgets } from '../attempts/attempt-budgets.js'
import type { Planner } from '../planner/planner.js'
import type { Recorder } from '../record/recorder.js'
import type { CompiledBinding } from '../registry/compiled-flow.js'
import type { RunEvent } from '../runs/run-event.js'
import type { RunStore } from '../runs/run-store.js'
import type { StageEffect } from '../stages/stage-kind.js'
import type { Walk, WalkTools } from './walk.js'

/** What the executor works with. */
export interface ExecutorTools extends WalkTools {
  readonly planner: Planner
  readonly runs: RunStore
  /** What guesses are counted against before they are judged. */
  readonly attempts: AttemptBudgets
  /** Restarts that a run may make. */
  readonly maxRestarts: number
  /** Records runs as they are walked. Defaults to nobody. */
  readonly recorder?: Recorder
  /** Says why a stage may not be entered; the run is then denied. Defaults to entering every stage. */
  readonly refusesToEnter?: (compiled: CompiledBinding) => string | undefined
  /** Where a flow ends that was not told where to. */
  readonly defaultRedirect: string
  /** The URL that ends a session's runs. */
  readonly cancelUrl: string
  /** Whether an answer and a cancellation must bring the step token of the challenge on show. */
  readonly requireStepToken: boolean
  /** Where it is there, a walk is dry: effects of hosts' own stages are told to it, and do not take place. */
  readonly dry?: (effect: StageEffect, stage: string) => void
  /** Is told of a walk that has come to nothing, because a stage has failed before any has passed. Defaults to nobody. */
  readonly onFailed?: (walk: Walk, failed: RunEvent) => void
}
