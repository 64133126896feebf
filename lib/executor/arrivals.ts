import { LRUCache } from 'lru-cache'

/** Runs whose last move is remembered. */
const REMEMBERED = 10_000

/**
 * Knows when runs were last moved on, so that a request which arrived before the reply to the winner was sent is told
 * from one whose client has seen the new challenge. Only requests of this process are known; those of another lose by
 * the run's revision.
 */
export class Arrivals {
  readonly #replied = new LRUCache<string, number>({ max: REMEMBERED })
  readonly #clock: () => number

  constructor (clock: () => number) {
    this.#clock = clock
  }

  /** The run has moved; until the function it gives is called, nobody can have seen where to. */
  moved (id: string): () => void {
    this.#replied.set(id, Infinity)
    return () => {
      this.#replied.set(id, this.#clock())
    }
  }

  /** Whether a request that arrived at this time was sent without knowledge of the run's last move. */
  isStale (id: string, arrivedAt: number): boolean {
    const replied = this.#replied.get(id)
    return replied !== undefined && arrivedAt <= replied
  }
}
