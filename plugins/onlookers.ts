/** Streams that one session, and all sessions together, may hold open. */
const MAX_PER_SESSION = 6
const MAX = 500

/** Sends an onlooker away: the session has another key now, or the server stops. */
type Leave = () => void

/** Those who look on while sessions walk their flows: only so many, and each as long as the session keeps its key. */
export class Onlookers {
  readonly #present = new Map<string, Set<Leave>>()
  #count = 0

  /** Adds an onlooker. Gives what takes it away again, or undefined where there are too many. */
  add (key: string, leave: Leave): (() => void) | undefined {
    const present = this.#present.get(key) ?? new Set()
    if (present.size >= MAX_PER_SESSION || this.#count >= MAX) return undefined
    present.add(leave)
    this.#present.set(key, present)
    this.#count += 1
    return () => this.#remove(key, leave)
  }

  /** Sends those away who look on under a key that a session no longer has. */
  dismiss (key: string): void {
    for (const leave of [...this.#present.get(key) ?? []]) leave()
  }

  /** Sends everybody away. */
  close (): void {
    for (const key of [...this.#present.keys()]) this.dismiss(key)
  }

  #remove (key: string, leave: Leave): void {
    const present = this.#present.get(key)
    if (present?.delete(leave) !== true) return
    this.#count -= 1
    if (present.size === 0) this.#present.delete(key)
  }
}
