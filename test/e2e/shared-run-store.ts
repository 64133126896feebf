import type { RunState, StoredRun } from '../../lib/runs/run-state.js'
import { MemoryRunStore, type RunStore } from '../../plugins/index.js'

/** A run store as several processes share one: it keeps text, and every call takes a turn of the event loop or two. */
export class SharedRunStore implements RunStore {
  readonly shared = true
  readonly #runs: MemoryRunStore
  readonly #ids = new Set<string>()

  constructor (now: () => number = Date.now) {
    this.#runs = new MemoryRunStore({ now })
  }

  async load (id: string): Promise<StoredRun | undefined> {
    await new Promise(setImmediate)
    const run = this.#runs.load(id)
    return run === undefined ? undefined : structuredClone(run)
  }

  async create (id: string, state: RunState): Promise<boolean> {
    await new Promise(setImmediate)
    this.#ids.add(id)
    return this.#runs.create(id, structuredClone(state))
  }

  async compareAndSet (id: string, revision: number, state: RunState): Promise<boolean> {
    await new Promise(setImmediate)
    return this.#runs.compareAndSet(id, revision, structuredClone(state))
  }

  async delete (id: string): Promise<void> {
    this.#runs.delete(id)
  }

  /** Deletes every run, as a sign-in in another process does with those of its session. */
  async forgetAll (): Promise<void> {
    for (const id of this.#ids) this.#runs.delete(id)
  }
}
