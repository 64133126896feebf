/**
 * A change of the definitions, in two steps: first every process learns the new ones, then each puts them in force. Between
 * the two a run may begin with either, and every process can go on with it.
 */
export type Step = 'learn' | 'adopt'

/** From the primary to a worker. */
export interface Order {
  readonly step: Step
}

/** From a worker to the primary: done, or what was wrong. */
export interface Report {
  readonly step: Step
  readonly fault: string | null
}

export function isOrder (message: unknown): message is Order {
  return typeof message === 'object' && message !== null && 'step' in message && !('fault' in message)
}

export function isReport (message: unknown): message is Report {
  return typeof message === 'object' && message !== null && 'step' in message && 'fault' in message
}
