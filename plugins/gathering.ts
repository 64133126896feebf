/** Turns of the event loop for which requests are gathered at most. */
const MOST_TURNS = 4

/** Requests that are gathered at most: all of them are alive at once, and the first waits until the last has been read. */
const MOST_REQUESTS = 32

/**
 * Has requests that come in together worked on together, one after the other. A processor holds in its caches what it has just
 * done: going through reading, working on and replying for each request in turn, it would have to fetch the code of all three
 * again and again. A request that comes alone waits for one turn of the event loop, in which there is nothing else to do.
 */
export class Gathering {
  #size = 0
  #gathered: Promise<void> | undefined
  /** Lets those go on that are gathered. */
  #release: (() => void) | undefined

  /** Resolves when no more requests have come in for a turn of the event loop, enough turns have passed, or enough have come. */
  join (): Promise<void> {
    this.#size += 1
    const gathered = this.#gathered ??= this.#gather()
    if (this.#size === MOST_REQUESTS) this.#end()
    return gathered
  }

  #gather (): Promise<void> {
    return new Promise((resolve) => {
      this.#release = resolve
      this.#wait(resolve, MOST_TURNS)
    })
  }

  #wait (release: () => void, turns: number): void {
    const before = this.#size
    setImmediate(() => {
      // They may have been enough, and gone on.
      if (this.#release !== release) return
      if (this.#size === before || turns === 1) this.#end()
      else this.#wait(release, turns - 1)
    })
  }

  #end (): void {
    this.#release?.()
    this.#release = undefined
    this.#gathered = undefined
    this.#size = 0
  }
}
