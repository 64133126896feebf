import { LRUCache } from 'lru-cache'
import { atMostEntries } from '../cache-bound.js'
import { OptionsError } from '../errors.js'
import type { AttemptAnswer, AttemptLimit, AttemptStore } from './attempt-store.js'

export interface MemoryAttemptStoreOptions {
  /** Keys kept at most; the one unused for longest goes first. Defaults to 100,000. */
  readonly max?: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

interface Window {
  readonly count: number
  /** Milliseconds since the epoch. */
  readonly endsAt: number
}

/** Attempts of one process, bounded in number and age. */
export class MemoryAttemptStore implements AttemptStore {
  readonly #windows: LRUCache<string, Window>
  readonly #now: () => number

  /** @throws OptionsError where `max` is no whole number from 1. */
  constructor ({ max = 100_000, now }: MemoryAttemptStoreOptions) {
    if (!Number.isInteger(max) || max < 1) throw new OptionsError("'max' must be a whole number from 1")
    this.#now = now
    this.#windows = new LRUCache(atMostEntries(max))
  }

  take (key: string, limit: AttemptLimit): AttemptAnswer {
    const now = this.#now()
    const { count, endsAt } = this.#current(key) ?? { count: 0, endsAt: now + limit.window }
    if (count >= limit.max) return { allowed: false, retryAfter: endsAt - now }
    this.#windows.set(key, { count: count + 1, endsAt })
    return { allowed: true }
  }

  giveBack (key: string): void {
    const window = this.#current(key)
    if (window === undefined) return
    if (window.count > 1) this.#windows.set(key, { ...window, count: window.count - 1 })
    else this.#windows.delete(key)
  }

  #current (key: string): Window | undefined {
    const window = this.#windows.get(key)
    if (window === undefined || window.endsAt > this.#now()) return window
    this.#windows.delete(key)
    return undefined
  }

  /** How many keys are kept, those included whose window has ended and that nobody has asked for since. */
  get size (): number {
    return this.#windows.size
  }
}
