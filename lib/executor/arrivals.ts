import { LRUCache } from 'lru-cache'

/** Runs whose last move is remembered. */
const REMEMBERED = 10_000

/**
 * Tells requests whose client cannot have seen a run's last move from those whose client may have: by when they arrived, and
 * by equal answers that overlap, because nobody who waits for a reply sends the next answer before it. Only requests of this
 * process are known; those of another lose by the run's revision, and a step token settles the matter for good.
 */
export class Arrivals {
  readonly #replied = new LRUCache<string, number>({ max: REMEMBERED })
  /** By run and body: how many equal answers have arrived and were not replied to. */
  readonly #underWay = new Map<string, number>()
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

  /**
   * Notes that an answer has arrived.
   *
   * @param key the run and the body.
   * @returns whether an equal answer is still without its reply, and what to call when this one has got its own.
   */
  arrive (key: string): { readonly isEcho: boolean, readonly leave: () => void } {
    const others = this.#underWay.get(key) ?? 0
    this.#underWay.set(key, others + 1)
    return { isEcho: others > 0, leave: () => this.#leave(key) }
  }

  #leave (key: string): void {
    const left = (this.#underWay.get(key) ?? 1) - 1
    if (left > 0) this.#underWay.set(key, left)
    else this.#underWay.delete(key)
  }
}
