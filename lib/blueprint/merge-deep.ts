import { isPlainObject } from '../plain-object.js'

/**
 * Merges one value after another as the original does: mappings member by member, lists end to end, and whatever else is
 * replaced. What is handed in stays as it is; what was made here is added to in place, so that many additions cost no more than
 * they hold.
 */
export class Merging {
  readonly #made = new WeakSet<object>()

  /** @returns the merged value, which the next call may be given as `base`, and then changes. */
  merge (base: unknown, addition: unknown): unknown {
    if (Array.isArray(base) && Array.isArray(addition)) return this.#extend(base, addition)
    if (!isPlainObject(base) || !isPlainObject(addition)) return addition
    const merged = this.#isMade(base) ? base : this.#make({ ...base })
    for (const [key, value] of Object.entries(addition)) {
      merged[key] = Object.hasOwn(merged, key) ? this.merge(merged[key], value) : value
    }
    return merged
  }

  #extend (base: unknown[], addition: readonly unknown[]): unknown[] {
    const merged = this.#isMade(base) ? base : this.#make([...base])
    for (const item of addition) merged.push(item)
    return merged
  }

  #isMade (value: object): boolean {
    return this.#made.has(value)
  }

  #make<T extends object> (copy: T): T {
    this.#made.add(copy)
    return copy
  }
}

/** Merges two values; neither is changed. */
export function mergeDeep (base: unknown, addition: unknown): unknown {
  return new Merging().merge(base, addition)
}
