import type { FastifyInstance, FastifyRequest } from 'fastify'
import { hasSession } from './session-data.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The session's key as the request came. */
    keyAtArrival: string | undefined
  }
}

/** Streams that one session, and all sessions together, may hold open. */
const MAX_PER_SESSION = 6
const MAX = 500

/** Somebody who looks on while a session walks its flows. */
export interface Onlooker {
  /** A run of the session may have moved. */
  moved (): void
  /** The session has another key now, or the server stops: there is nothing more to see under this one. */
  left (): void
}

/** Tells those who look on that a session's runs may have moved: in this process; what others do is not heard here. */
export class RunSignals {
  readonly #onlookers = new Map<string, Set<Onlooker>>()
  #count = 0

  /** Adds an onlooker. Gives what takes it away again, or undefined where there are too many. */
  watch (key: string, onlooker: Onlooker): (() => void) | undefined {
    const present = this.#onlookers.get(key) ?? new Set()
    if (present.size >= MAX_PER_SESSION || this.#count >= MAX) return undefined
    present.add(onlooker)
    this.#onlookers.set(key, present)
    this.#count += 1
    return () => this.#remove(key, onlooker)
  }

  /** To be called when a request of a session is over. */
  moved (before: string, after: string): void {
    for (const onlooker of this.#onlookers.get(before) ?? []) {
      if (before === after) onlooker.moved()
      else onlooker.left()
    }
  }

  /** Sends everybody away. */
  close (): void {
    for (const present of [...this.#onlookers.values()]) {
      for (const onlooker of [...present]) onlooker.left()
    }
  }

  #remove (key: string, onlooker: Onlooker): void {
    const present = this.#onlookers.get(key)
    if (present?.delete(onlooker) !== true) return
    this.#count -= 1
    if (present.size === 0) this.#onlookers.delete(key)
  }
}

/** Makes the requests of an app's routes tell that runs may have moved, once they are answered. */
export function signalMoves (app: FastifyInstance, signals: RunSignals): void {
  const keyOf = (request: FastifyRequest) => hasSession(request) ? request.session.sessionId : undefined
  app.decorateRequest('keyAtArrival', undefined)
  app.addHook('preHandler', async (request) => { request.keyAtArrival = keyOf(request) })
  app.addHook('onResponse', async (request) => {
    const { keyAtArrival } = request
    if (keyAtArrival !== undefined) signals.moved(keyAtArrival, keyOf(request) ?? keyAtArrival)
  })
}
