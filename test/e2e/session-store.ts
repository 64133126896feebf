import type { SessionStore } from '@fastify/session'

/** A session store as one in another process is: it keeps text, and takes its time. */
export class SlowSerialisingStore implements SessionStore {
  readonly sessions = new Map<string, string>()
  readonly #delay: number

  constructor (delay = 5) {
    this.#delay = delay
  }

  set: SessionStore['set'] = (id, session, callback) => {
    const text = JSON.stringify(session)
    setTimeout(() => {
      this.sessions.set(id, text)
      callback()
    }, this.#delay)
  }

  get: SessionStore['get'] = (id, callback) => {
    setTimeout(() => {
      const text = this.sessions.get(id)
      callback(null, text === undefined ? null : JSON.parse(text))
    }, this.#delay)
  }

  destroy: SessionStore['destroy'] = (id, callback) => {
    setTimeout(() => {
      this.sessions.delete(id)
      callback()
    }, this.#delay)
  }
}
