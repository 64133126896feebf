import { inspect } from 'node:util'

/** What stands where a sensitive value would. */
export const MASK = '********************'

/**
 * A value that nobody may read by accident: a password, a code, a seed. Whatever prints, logs or serialises it
 * shows the mask; only {@link Sensitive.reveal} gives the value.
 */
export class Sensitive {
  readonly #value: string | undefined

  constructor (value: string | undefined) {
    this.#value = value
  }

  /** The value, or undefined where it has been dropped since. */
  reveal (): string | undefined {
    return this.#value
  }

  toString (): string {
    return MASK
  }

  toJSON (): string {
    return MASK
  }

  [inspect.custom] (): string {
    return MASK
  }
}

/**
 * Replaces every occurrence of the given secrets in a text that is about to be shown or logged, so that a
 * policy or a stage that quotes what was typed does not publish it.
 */
export function redact (text: string, secrets: Iterable<string>): string {
  let clean = text
  for (const secret of secrets) {
    if (secret !== '') clean = clean.replaceAll(secret, MASK)
  }
  return clean
}
