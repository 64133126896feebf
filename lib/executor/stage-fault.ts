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
export async function guarded<T> (stage: string, task: () => T | Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (cause) {
    const { away } = readThrown(cause)
    if (away !== undefined) throw away
    throw new StageFault(stage, { cause })
  }
}
