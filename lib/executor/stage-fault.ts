import { attempt, type MaybePromise } from '../maybe-promise.js'
import { readThrown } from '../thrown.js'

/** A stage's own code has failed. What it was is logged; the client learns the request's id and nothing else. */
export class StageFault extends Error {
  readonly code = 'FST_FLOW_STAGE_FAULT'

  constructor (stage: string, options: { cause: unknown }) {
    super(`The stage '${stage}' has failed`, options)
    this.name = 'StageFault'
  }
}

/** Runs a stage's code; what it throws is a {@link StageFault}, but for a store that is away: that is no fault of the stage. */
export function guarded<T> (stage: string, task: () => MaybePromise<T>): MaybePromise<T> {
  return attempt(task, (cause) => fail(stage, cause))
}

function fail (stage: string, cause: unknown): never {
  const { away } = readThrown(cause)
  throw away ?? new StageFault(stage, { cause })
}
