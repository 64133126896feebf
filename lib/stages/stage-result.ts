/** One thing that was wrong with an answer. `field` is in code spelling; null where it is about the whole answer. */
export interface AnswerFault {
  readonly field: string | null
  /** What the person reads. */
  readonly string: string
  /** What a program reads, such as `required` or `invalid`. */
  readonly code: string
}

/**
 * What a stage says of itself:
 * `passed`: the stage is done. `refused`: the answer was wrong; the binding's `invalid_response_action` says what follows,
 * but where `final` is true the run is denied. `denied`: nobody gets past this stage in this run.
 * `redirected`: done, and the walk ends at `to`. `switched`: done, and goes on with another flow.
 */
export type StageResult =
  | { readonly kind: 'passed' }
  | { readonly kind: 'refused', readonly faults: readonly AnswerFault[], readonly final: boolean }
  | { readonly kind: 'denied', readonly message: string }
  | { readonly kind: 'redirected', readonly to: string }
  | { readonly kind: 'switched', readonly flow: string, readonly keepContext: boolean }

/** The stage is done. */
export const passed = (): StageResult => ({ kind: 'passed' })

/** The answer was wrong as a whole, or in one field. */
export const refused = (string: string, field: string | null = null, code = 'invalid'): StageResult =>
  ({ kind: 'refused', faults: [{ field, string, code }], final: false })

/** The answer was wrong in several ways. */
export const refusedFor = (faults: readonly AnswerFault[]): StageResult => ({ kind: 'refused', faults, final: false })

/** The answer was wrong and was the last that this run takes. */
export const refusedFinally = (string: string, field: string | null = null, code = 'invalid'): StageResult =>
  ({ kind: 'refused', faults: [{ field, string, code }], final: true })

/** Nobody gets past this stage in this run. */
export const denied = (message = 'Unknown error'): StageResult => ({ kind: 'denied', message })

/** The walk ends here, at `to`. */
export const redirected = (to: string): StageResult => ({ kind: 'redirected', to })

/** The walk goes on with another flow, by slug. */
export const switched = (flow: string, keepContext: boolean): StageResult => ({ kind: 'switched', flow, keepContext })
