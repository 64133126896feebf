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
    this.passed = state.frames.map(({ binding }) => binding)
    this.#markers = new Map(state.pending.map(({ binding, marker }) => [binding, marker]))
  }

  /** Whether the flow was refused before there was a plan. */
  get isRefused (): boolean {
    return this.decisions.some(({ decision }) => decision === 'refused')
  }

  /** The bindings passed and to pass, in order. */
  get walk (): readonly string[] {
    return [...this.passed, ...this.#state.pending.map(({ binding }) => binding)]
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
    if (this.isRefused || !this.#markers.has(binding)) return 'not_reached'
    const { ending, pending } = this.#state
    if (pending[0]?.binding === binding && (ending === null || ending.kind === 'denied')) return 'current'
    return ending === null ? 'planned' : 'not_reached'
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

/** Every planning begins with a decision about the flow itself. */
function isStart ({ binding, at }: Decision): boolean {
  return binding === null && at === 'plan'
}
