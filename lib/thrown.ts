import { StoreUnavailableError } from './errors.js'

/** What can be told of something that was thrown. That may be anything, an object included whose members throw themselves. */
export interface Thrown {
  /** The error, where it says that a store is away. */
  readonly away: StoreUnavailableError | undefined
  /** Its message, or undefined where it has none that is a text. */
  readonly message: string | undefined
  /** Its stack, else its message. */
  readonly stack: string | undefined
}

const NOTHING: Thrown = Object.freeze({ away: undefined, message: undefined, stack: undefined })

/** Reads what a host's code has thrown. Never throws itself. */
export function readThrown (error: unknown): Thrown {
  try {
    if (!(error instanceof Error)) return NOTHING
    const away = error instanceof StoreUnavailableError ? error : undefined
    const message = textOf(error.message)
    return { away, message, stack: textOf(error.stack) ?? message }
  } catch {
    return NOTHING
  }
}

function textOf (value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
