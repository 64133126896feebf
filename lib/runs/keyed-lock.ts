import { isPromise, type MaybePromise } from '../maybe-promise.js'

/** Lets one task at a time work on a key; tasks on other keys go on. Keys without a task take no memory. */
export class KeyedLock {
  readonly #tails = new Map<string, Promise<void>>()

  /**
   * Runs the task when those that came before it on the key are done, whatever became of them. One that has nothing to wait for
   * is done before anybody else can come.
   */
  run<T> (key: string, task: () => MaybePromise<T>): MaybePromise<T> {
    const result = this.#tails.get(key)?.then(task) ?? task()
    if (!isPromise(result)) return result
    const release = () => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key)
    }
    const tail = Promise.resolve(result).then(release, release)
    this.#tails.set(key, tail)
    return result
  }

  /** Lets whoever comes from now on work on the key at once. Those that wait already go on waiting. */
  free (key: string): void {
    this.#tails.delete(key)
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
