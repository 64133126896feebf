import type { RunState, StoredRun } from '../../lib/runs/run-state.js'
import { MemoryRunStore, type RunStore } from '../../plugins/index.js'

/** A run store as several processes share one: it keeps text, and every call takes a turn of the event loop or two. */
export class SharedRunStore implements RunStore {
  readonly shared = true
  readonly #runs: MemoryRunStore
  /** By id: when it was written, by this store's own clock. */
  readonly #writtenAt = new Map<string, number>()
  readonly #now: () => number

  constructor (now: () => number = Date.now) {
    this.#now = now
    this.#runs = new MemoryRunStore({ now })
  }

  async load (id: string): Promise<StoredRun | undefined> {
    await new Promise(setImmediate)
    const run = this.#runs.load(id)
    return run === undefined ? undefined : { ...structuredClone(run), age: this.#now() - (this.#writtenAt.get(id) ?? 0) }
  }

  async create (id: string, state: RunState): Promise<boolean> {
    await new Promise(setImmediate)
    return this.#noted(id, this.#runs.create(id, structuredClone(state)))
  }

  async compareAndSet (id: string, revision: number, state: RunState): Promise<boolean> {
    await new Promise(setImmediate)
    return this.#noted(id, this.#runs.compareAndSet(id, revision, structuredClone(state)))
  }

  #noted (id: string, isWritten: boolean): boolean {
    if (isWritten) this.#writtenAt.set(id, this.#now())
    return isWritten
  }

  async delete (id: string): Promise<void> {
    this.#runs.delete(id)
  }

  /** Deletes every run, as a sign-in in another process does with those of its session. */
  async forgetAll (): Promise<void> {
    for (const id of this.#writtenAt.keys()) this.#runs.delete(id)
  }
}
