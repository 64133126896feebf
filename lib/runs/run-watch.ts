/** Called when a run has moved, with the revision that it has now; undefined where it is gone. */
export type RunListener = (revision: number | undefined) => void

/** Tells whoever watches a run that it has moved. Runs that nobody watches take no memory. */
export class RunWatch {
  readonly #listeners = new Map<string, Set<RunListener>>()

  /** Calls back whenever the run has moved, until the function that it gives is called. */
  watch (id: string, listener: RunListener): () => void {
    const listeners = this.#listeners.get(id) ?? new Set()
    listeners.add(listener)
    this.#listeners.set(id, listeners)
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(id) === listeners) this.#listeners.delete(id)
    }
  }

  /** The run has moved. */
  moved (id: string, revision: number | undefined): void {
    this.#listeners.get(id)?.forEach((listener) => listener(revision))
  }
}
