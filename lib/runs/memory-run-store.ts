import { LRUCache } from 'lru-cache'
import { OptionsError } from '../errors.js'
import { sizeOfRun, type SizedRun } from './run-size.js'
import type { RunState, StoredRun } from './run-state.js'
import type { RunStore } from './run-store.js'

export interface MemoryRunStoreOptions {
  /** Runs kept at most; the one untouched for longest goes first. Defaults to 100,000. */
  readonly max?: number
  /**
   * Bytes that all runs together may take, as far as they can be estimated; the one untouched for longest goes first. A run that
   * alone takes more is not kept. Defaults to 536,870,912 (512 MiB).
   */
  readonly maxBytes?: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

interface Entry extends SizedRun {
  readonly revision: number
}

/** How many runs that are too old one new run drops at most, of those untouched for longest. */
const SWEPT_AT_ONCE = 20

/** Runs of one process, bounded in number, bytes and age. */
export class MemoryRunStore implements RunStore {
  readonly shared = false
  readonly hidesIds = true
  readonly #runs: LRUCache<string, Entry>
  readonly #max: number
  readonly #maxBytes: number
  readonly #now: () => number
  /** Milliseconds since the epoch, before which the run that was untouched for longest is not too old. */
  #sweepAt = -Infinity

  /** @throws OptionsError where a bound is no whole number above 0. */
  constructor ({ max = 100_000, maxBytes = 512 * 1024 * 1024, now }: MemoryRunStoreOptions) {
    for (const [name, bound] of Object.entries({ max, maxBytes })) {
      if (!(Number.isSafeInteger(bound) && bound > 0)) throw new OptionsError(`'${name}' must be a whole number above 0`)
    }
    this.#now = now
    this.#max = max
    this.#maxBytes = maxBytes
    // Its own option `max` would set aside at once what all of the entries need.
    this.#runs = new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ size }) => size.total })
  }

  load (id: string): StoredRun | undefined {
    const entry = this.#live(id, this.#runs.get(id))
    return entry && { revision: entry.revision, state: entry.state }
  }

  #live (id: string, entry: Entry | undefined): Entry | undefined {
    if (entry === undefined || entry.state.expiresAt > this.#now()) return entry
    this.#runs.delete(id)
    return undefined
  }

  create (id: string, state: RunState): boolean {
    if (this.#live(id, this.#runs.peek(id)) !== undefined) return false
    this.#sweep()
    return this.#keep(id, { revision: 1, state, size: sizeOfRun(state) })
  }

  compareAndSet (id: string, revision: number, state: RunState): boolean {
    const before = this.#live(id, this.#runs.peek(id))
    if (before?.revision !== revision) return false
    return this.#keep(id, { revision: revision + 1, state, size: sizeOfRun(state, before) })
  }

  /** False where the run alone is more than there may be. */
  #keep (id: string, entry: Entry): boolean {
    this.#runs.set(id, entry)
    while (this.#runs.size > this.#max) this.#runs.pop()
    return entry.size.total <= this.#maxBytes
  }

  /** Drops some of those whose age is up, so that what nobody asks for again does not stay until there is no room. */
  #sweep (): void {
    const now = this.#now()
    if (now < this.#sweepAt) return
    let swept = 0
    for (const id of this.#runs.rkeys()) {
      const entry = this.#runs.peek(id)
      if (swept === SWEPT_AT_ONCE || entry === undefined) return
      if (entry.state.expiresAt > now) {
        this.#sweepAt = entry.state.expiresAt
        return
      }
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

  /** About how many bytes they take. */
  get bytes (): number {
    return this.#runs.calculatedSize
  }
}
