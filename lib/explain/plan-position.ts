import type { Decision } from '../planner/decision.js'
import type { Marker } from '../planner/flow-plan.js'
import type { RunState } from '../runs/run-state.js'
import type { BindingState } from './explanation-schema.js'

/** Where a run stands in the plan that it has now: a restart makes a new one. */
export class PlanPosition {
  /** What was decided for this plan and on its way. */
  readonly decisions: readonly Decision[]
  /** Primary keys of the bindings that passed in this plan, the first one first. */
  readonly passed: readonly string[]
  readonly #state: RunState
  readonly #markers: ReadonlyMap<string, Marker>

  constructor (state: RunState) {
    this.#state = state
    this.decisions = state.decisions.slice(Math.max(0, state.decisions.findLastIndex(isStart)))
    this.passed = passedSinceRestart(state)
    this.#markers = new Map(state.pending.map(({ binding, marker }) => [binding, marker]))
  }

  /** Whether the flow was refused before there was a plan. */
  get isRefused (): boolean {
    return this.decisions.some(({ decision }) => decision === 'refused')
  }

  /** The bindings passed and to pass, in order. */
  get walk (): readonly string[] {
    // Where a restart is refused, what the run would have gone on with is of the plan before.
    return this.isRefused ? this.passed : [...this.passed, ...this.#state.pending.map(({ binding }) => binding)]
  }

  /**
   * What was put into this plan: the run keeps what was put into those before a restart as well. Of a cancelled run, which
   * has no plan any more, it is all where there was one plan only.
   */
  get inserted (): readonly string[] {
    const { inline, restarts } = this.#state
    const known = new Set([...this.walk, this.#stop, ...this.decisions.map(({ binding }) => binding)])
    return inline.map(({ binding }) => binding).filter((binding) => restarts === 0 || known.has(binding))
  }

  /** What was decided about a binding, or (null) about the flow. */
  about (binding: string | null): readonly Decision[] {
    return this.decisions.filter((decision) => decision.binding === binding)
  }

  stateOf (binding: string): BindingState {
    if (this.passed.includes(binding)) return 'passed'
    const decided = this.about(binding)
    if (decided.some(({ decision }) => decision === 'taken_out')) return 'taken_out'
    if (decided.some(({ decision }) => decision === 'left_out')) return 'left_out'
    if (this.isRefused) return 'not_reached'
    if (binding === this.#stop) return 'current'
    return this.#state.ending === null && this.#markers.has(binding) ? 'planned' : 'not_reached'
  }

  /** The binding at which the run waits, was denied or was cancelled; a cancelled run has no plan any more. */
  get #stop (): string | undefined {
    const { ending, pending, events } = this.#state
    if (ending?.kind === 'redirected') return undefined
    if (ending?.kind !== 'cancelled') return pending[0]?.binding
    const last = events.findLast((event) => event.kind === 'challenge' || event.kind === 'passed')
    return last?.kind === 'challenge' ? last.binding : undefined
  }

  /** What a binding is to be re-checked by; null where it is not part of the plan. */
  markerOf (binding: string): Marker | null {
    const marker = this.#markers.get(binding)
    if (marker !== undefined) return marker
    const kept = this.about(binding).find(({ at, decision }) => at === 'plan' && decision.startsWith('kept'))
    if (kept === undefined) return this.passed.includes(binding) ? 'none' : null
    return kept.decision === 'kept_to_ask_again' ? 're_evaluate' : 'none'
  }
}

/** A frame is recorded with each stage that passes; those of this plan are the last ones. */
function passedSinceRestart ({ events, frames }: RunState): string[] {
  const restart = events.findLastIndex(({ kind }) => kind === 'restarted')
  const passed = events.filter(({ kind }, index) => index > restart && kind === 'passed')
  return frames.slice(frames.length - passed.length).map(({ binding }) => binding)
}

/** Every planning begins with a decision about the flow itself. */
function isStart ({ binding, at }: Decision): boolean {
  return binding === null && at === 'plan'
}
