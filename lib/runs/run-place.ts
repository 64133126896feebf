import { runId } from './run-id.js'
import type { RunStore } from './run-store.js'

/** Where the run of a flow in a session is kept: elsewhere from the moment on when the session's id changes. */
export class RunPlace {
  readonly #runs: Pick<RunStore, 'hidesIds'>
  readonly #session: { readonly key: string }
  readonly #flow: string
  #key: string
  #id: string

  /** @param session whose `key` names it; it may change. */
  constructor (runs: Pick<RunStore, 'hidesIds'>, session: { readonly key: string }, flow: string) {
    this.#runs = runs
    this.#session = session
    this.#flow = flow
    this.#key = session.key
    this.#id = runId(runs, this.#key, flow)
  }

  /** The key of the run in its store, as of now. */
  get id (): string {
    const { key } = this.#session
    if (key !== this.#key) {
      this.#key = key
      this.#id = runId(this.#runs, key, this.#flow)
    }
    return this.#id
  }
}
