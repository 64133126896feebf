import { setImmediate as nextTurn } from 'node:timers/promises'

/** Turns of the event loop for which requests are gathered at most. */
const MOST_TURNS = 4

/**
 * Has requests that come in together worked on together, one after the other. A processor holds in its caches what it has just
 * done: going through reading, working on and replying for each request in turn, it would have to fetch the code of all three
 * again and again. A request that comes alone waits for one turn of the event loop, in which there is nothing else to do.
 */
export class Gathering {
  #size = 0
  #gathered: Promise<void> | undefined

  /** Resolves when no more requests have come in for a turn of the event loop, or enough turns have passed. */
  join (): Promise<void> {
    this.#size += 1
    this.#gathered ??= this.#gather()
    return this.#gathered
  }

  async #gather (): Promise<void> {
    let before = 0
    for (let turns = 0; turns < MOST_TURNS && this.#size > before; turns += 1) {
      before = this.#size
      await nextTurn()
    }
    this.#size = 0
    this.#gathered = undefined
  }
}
