import { inspect } from 'node:util'
import { isPlainObject } from '../plain-object.js'

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
  // The longest first: one that begins with another would leave its end.
  for (const secret of [...secrets].sort((one, other) => other.length - one.length)) {
    if (secret !== '') clean = clean.replaceAll(secret, MASK)
  }
  return clean
}

/**
 * What is wrapped in a value, at whatever depth of its lists and plain objects, in clear: for {@link redact}. What cannot be read
 * is passed over: nobody can have quoted it.
 */
export function secretsWithin (value: unknown): string[] {
  return leavesOf(value).flatMap((leaf) => readable(() => leaf instanceof Sensitive ? leaf.reveal() : undefined) ?? [])
}

/**
 * Every text in a value, for {@link redact}: a stage's own memory holds seeds and codes as plain text. What is shorter than four
 * characters is left out, because any text may hold it.
 */
export function textsWithin (value: unknown): string[] {
  return leavesOf(value).flatMap((leaf) => typeof leaf === 'string' && leaf.length >= 4 ? leaf : [])
}

/** What lists and plain objects hold, at whatever depth, that is neither. */
export function leavesOf (value: unknown): unknown[] {
  const leaves: unknown[] = []
  const seen = new Set<unknown>()
  const waiting: unknown[] = [value]
  while (waiting.length > 0) {
    const next = waiting.pop()
    const container = readable(() => Array.isArray(next) || isPlainObject(next) ? next : undefined)
    if (container === undefined) leaves.push(next)
    else if (!seen.has(container)) {
      seen.add(container)
      for (const key of readable(() => Object.keys(container)) ?? []) waiting.push(readable(() => Reflect.get(container, key)))
    }
  }
  return leaves
}

/** What is read, or undefined where reading it throws: the value may be a host's, a getter or a proxy that is no more. */
function readable<T> (read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
