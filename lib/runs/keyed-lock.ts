/** Lets one task at a time work on a key; tasks on other keys go on. Keys without a task take no memory. */
export class KeyedLock {
  readonly #tails = new Map<string, Promise<void>>()

  /** Runs the task when those that came before it on the key are done, whatever became of them. */
  async run<T> (key: string, task: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key)
    const { promise: tail, resolve: release } = withResolvers()
    this.#tails.set(key, tail)
    await before
    try {
      return await task()
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key)
      release()
    }
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

function withResolvers (): { promise: Promise<void>, resolve: () => void } {
  let resolve: () => void = () => {}
  const promise = new Promise<void>((_resolve) => {
    resolve = _resolve
  })
  return { promise, resolve }
}
