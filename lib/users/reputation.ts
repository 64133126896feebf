import type { MaybePromise } from '../maybe-promise.js'

/** Whose score is asked for or changed; what is left out is not looked at. */
export interface ReputationQuery {
  readonly identifier?: string
  readonly ip?: string
}

/** Scores that sign-ins raise and failed attempts lower, by identifier and address. */
export interface ReputationStore {
  /** Adds to the score of this identifier at this address. */
  adjust (identifier: string, ip: string, change: number): MaybePromise<void>
  /** The sum of all scores whose identifier or address is the asked one. */
  score (query: ReputationQuery): MaybePromise<number>
}
