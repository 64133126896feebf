import type { MaybePromise } from '../../lib/maybe-promise.js'
import type { RunState, StoredRun } from '../../lib/runs/run-state.js'
import type { RunStore } from '../../plugins/index.js'

/** By store and id: the write that the run there is of. */
const writes = new WeakMap<RunStore, Map<string, string>>()

let count = 0

function writesOf (runs: RunStore): Map<string, string> {
  const known = writes.get(runs) ?? new Map<string, string>()
  writes.set(runs, known)
  return known
}

/** One process's view of a run store that several share: it remembers what it has written last, as that of Redis does. */
export class RememberingRunStore implements RunStore {
  readonly shared = true
  /** How often the runs themselves were looked at. */
  loads = 0
  readonly #runs: RunStore
  readonly #writes: Map<string, string>
  readonly #written = new Map<string, { readonly run: StoredRun, readonly sentAt: number }>()

  constructor (runs: RunStore) {
    this.#runs = runs
    this.#writes = writesOf(runs)
  }

  async load (id: string): Promise<StoredRun | undefined> {
    this.loads += 1
    const run = await this.#runs.load(id)
    const write = this.#writes.get(id)
    return run === undefined || write === undefined ? run : { ...run, write }
  }

  recall (id: string): StoredRun | undefined {
    const written = this.#written.get(id)
    return written && { ...written.run, age: performance.now() - written.sentAt }
  }

  async create (id: string, state: RunState): Promise<boolean> {
    return await this.#remembered(id, 1, state, () => this.#runs.create(id, state))
  }

  async compareAndSet (id: string, revision: number, state: RunState, write?: string): Promise<boolean> {
    return await this.#remembered(id, revision + 1, state, () =>
      write !== undefined && write !== this.#writes.get(id) ? false : this.#runs.compareAndSet(id, revision, state))
  }

  async delete (id: string): Promise<void> {
    this.#written.delete(id)
    await this.#runs.delete(id)
  }

  async #remembered (id: string, revision: number, state: RunState, writing: () => MaybePromise<boolean>): Promise<boolean> {
    this.#written.delete(id)
    const sentAt = performance.now()
    const write = `write ${count += 1}`
    const isWritten = await writing()
    if (!isWritten) return false
    this.#writes.set(id, write)
    this.#written.set(id, { run: { revision, state, write }, sentAt })
    return true
  }
}
