import { LRUCache } from 'lru-cache'
import { atMostEntries } from '../cache-bound.js'
import type { RunState, StoredRun } from './run-state.js'
import type { RunStore } from './run-store.js'

export interface MemoryRunStoreOptions {
  /** Runs kept at most; the one untouched for longest goes first. Defaults to 100,000. */
  readonly max?: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** How many runs that are too old one new run drops at most, of those untouched for longest. */
const SWEPT_AT_ONCE = 20

/** Runs of one process, bounded in number and age. */
export class MemoryRunStore implements RunStore {
  readonly shared = false
  readonly #runs: LRUCache<string, StoredRun>
  readonly #now: () => number

  constructor (options: MemoryRunStoreOptions) {
    this.#now = options.now
    this.#runs = new LRUCache(atMostEntries(options.max ?? 100_000))
  }

  load (id: string): StoredRun | undefined {
    const run = this.#runs.get(id)
    if (run === undefined || run.state.expiresAt > this.#now()) return run
    this.#runs.delete(id)
    return undefined
  }

  create (id: string, state: RunState): boolean {
    if (this.load(id) !== undefined) return false
    this.#sweep()
    this.#runs.set(id, { revision: 1, state })
    return true
  }

  compareAndSet (id: string, revision: number, state: RunState): boolean {
    const run = this.load(id)
    if (run?.revision !== revision) return false
    this.#runs.set(id, { revision: revision + 1, state })
    return true
  }

  /** Drops some of those whose age is up, so that what nobody asks for again does not stay until there is no room. */
  #sweep (): void {
    let swept = 0
    for (const id of this.#runs.rkeys()) {
      const run = this.#runs.peek(id)
      if (swept === SWEPT_AT_ONCE || run === undefined || run.state.expiresAt > this.#now()) return
      this.#runs.delete(id)
      swept += 1
    }
  }

  delete (id: string): void {
    this.#runs.delete(id)
  }

  /** How many runs are kept, those included whose age is up and that nobody has asked for since. */
  get size (): number {
    return this.#runs.size
  }
}
