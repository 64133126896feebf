import type { RunState, StoredRun } from '../../lib/runs/run-state.js'
import type { MaybePromise } from '../../lib/maybe-promise.js'
import type { RunStore } from '../../plugins/index.js'

/** One process's view of a run store that several share: it remembers what it has written last, as that of Redis does. */
export class RememberingRunStore implements RunStore {
  readonly shared = true
  /** How often the runs themselves were looked at. */
  loads = 0
  readonly #runs: RunStore
  readonly #written = new Map<string, StoredRun>()

  constructor (runs: RunStore) {
    this.#runs = runs
  }

  load (id: string): MaybePromise<StoredRun | undefined> {
    this.loads += 1
    return this.#runs.load(id)
  }

  recall (id: string): StoredRun | undefined {
    return this.#written.get(id)
  }

  async create (id: string, state: RunState): Promise<boolean> {
    return await this.#remembered(id, { revision: 1, state }, this.#runs.create(id, state))
  }

  async compareAndSet (id: string, revision: number, state: RunState, replaced: string): Promise<boolean> {
    return await this.#remembered(id, { revision: revision + 1, state }, this.#runs.compareAndSet(id, revision, state, replaced))
  }

  async delete (id: string): Promise<void> {
    this.#written.delete(id)
    await this.#runs.delete(id)
  }

  async #remembered (id: string, run: StoredRun, writing: MaybePromise<boolean>): Promise<boolean> {
    this.#written.delete(id)
    const isWritten = await writing
    if (isWritten) this.#written.set(id, run)
    return isWritten
  }
}
