/** Lets one task at a time work on a key; tasks on other keys go on. Keys without a task take no memory. */
export class KeyedLock {
  readonly #tails = new Map<string, Promise<void>>()

  /** Runs the task when those that came before it on the key are done, whatever became of them. */
  run<T> (key: string, task: () => Promise<T>): Promise<T> {
    const result = this.#tails.get(key)?.then(task) ?? task()
    const release = () => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key)
    }
    const tail = result.then(release, release)
    this.#tails.set(key, tail)
    return result
  }

  /** Whether a task is at work on the key. */
  isHeld (key: string): boolean {
    return this.#tails.has(key)
  }

  /** How many keys are worked on. */
  get size (): number {
    return this.#tails.size
  }
}
