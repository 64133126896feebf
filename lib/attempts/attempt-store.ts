import type { MaybePromise } from '../maybe-promise.js'

/** How many attempts are allowed within how long. */
export interface AttemptLimit {
  /** Attempts that a window takes, at least 1. */
  readonly max: number
  /** Milliseconds of a window, at least 1. It begins with the first attempt that is counted in it. */
  readonly window: number
}

/** Whether one more attempt is allowed; where it is not, in how many milliseconds the next one will be. */
export type AttemptAnswer =
  | { readonly allowed: true }
  | { readonly allowed: false, readonly retryAfter: number }

/**
 * Counts attempts at what can be guessed, by key, in fixed windows. It is asked before a guess is checked, so that guesses
 * made at the same time get no free tries. Processes that serve the same users must share one.
 */
export interface AttemptStore {
  /**
   * Counts one more attempt where the limit allows it, as one atomic step: of any number of callers at once exactly as many
   * are allowed as the window has left. A refused attempt is not counted, so the window ends when it was to end.
   */
  take (key: string, limit: AttemptLimit): MaybePromise<AttemptAnswer>
  /** Gives one attempt of the current window back, where one was counted: it turned out to be no guess. Never below zero. */
  giveBack (key: string): MaybePromise<void>
}
