import { OptionsError } from '../errors.js'

/** How many scores are kept, for how long, and within which limits. */
export interface ReputationBounds {
  /** How many pairs of identifier and address are remembered; the one that was not changed for longest goes. Default 100000. */
  readonly maxEntries?: number
  /** Seconds after the last change until a score is forgotten; with `Infinity` none is for its age. Default 86400. */
  readonly expiry?: number
  /** The lowest score of a pair. Default -5. */
  readonly lower?: number
  /** The highest score of a pair. Default 5. */
  readonly upper?: number
}

/**
 * The bounds that are stated, and the defaults for the rest.
 *
 * @throws OptionsError where a bound makes no sense.
 */
export function reputationBounds (
  { maxEntries = 100_000, expiry = 86_400, lower = -5, upper = 5 }: ReputationBounds
): Required<ReputationBounds> {
  if (!Number.isInteger(maxEntries) || maxEntries < 1) throw new OptionsError("'maxEntries' must be a whole number from 1")
  if (!(expiry > 0)) throw new OptionsError("'expiry' must be a number of seconds above 0")
  if (!(lower <= 0 && upper >= 0)) throw new OptionsError("'lower' must be at most 0 and 'upper' at least 0")
  return { maxEntries, expiry, lower, upper }
}
