import type { MaybePromise } from '../maybe-promise.js'

/** What was used and is not good again: time steps of authenticator apps, and single-use codes and tokens. */
export interface ConsumedStore {
  /**
   * Takes a time step, atomically: true for the first caller only, and never for a step before one that was taken.
   *
   * @param device what tells one seed from all others, in every process.
   */
  useStep (device: string, step: number): MaybePromise<boolean>
  /**
   * Takes something that is good once, atomically: true for the first caller only.
   *
   * @param token a digest of it, unlike any other's.
   */
  useToken (token: string): MaybePromise<boolean>
}
