import { runId } from './run-id.js'

/** Where the run of a flow in a session is kept: elsewhere from the moment on when the session's id changes. */
export class RunPlace {
  readonly #session: { readonly key: string }
  readonly #flow: string
  #key: string
  #id: string

  /** @param session whose `key` names it; it may change. */
  constructor (session: { readonly key: string }, flow: string) {
    this.#session = session
    this.#flow = flow
    this.#key = session.key
    this.#id = runId(this.#key, flow)
  }

  /** The key of the run in its store, as of now. */
  get id (): string {
    const { key } = this.#session
    if (key !== this.#key) {
      this.#key = key
      this.#id = runId(key, this.#flow)
    }
    return this.#id
  }
}
