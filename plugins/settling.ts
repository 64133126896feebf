import type { Server, Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'

/** Turns of the event loop that it takes to read what is there: one to accept a connection, one to read, one to parse. */
const READING_TURNS = 3

/** Milliseconds after which a connection that says nothing is not waited for any more. */
const LONGEST_SILENCE = 100

/** Milliseconds after which connections that are opened one after the other are taken for separate ones. */
const LONGEST_GAP = 10

/**
 * Waits for what the clients have sent already. An answer without a step token that arrives after the reply to an equal one
 * would be taken for an answer to the next stage, so that reply is held back until every request is read that had reached this
 * machine, and until connections that were just opened have said what for: a client that sends one answer fifty times at
 * once opens fifty connections first.
 */
export class Settling {
  /** By connection that has made no request yet: when it was opened. */
  readonly #silent = new Map<Socket, number>()
  readonly #clock: () => number
  #openedLast = -Infinity

  /** @param clock milliseconds of a clock that never goes back. */
  constructor (server: Server, clock: () => number) {
    this.#clock = clock
    server.on('connection', (socket: Socket) => {
      this.#openedLast = clock()
      this.#silent.set(socket, this.#openedLast)
      socket.once('close', () => this.#silent.delete(socket))
    })
  }

  /** A request has come over the connection. */
  heard (socket: Socket): void {
    this.#silent.delete(socket)
  }

  /** Resolves when what is on its way has been read. */
  async settled (): Promise<void> {
    let turns = READING_TURNS
    while (turns > 0) {
      await setImmediate()
      turns = this.#isAwaited() ? READING_TURNS : turns - 1
    }
  }

  #isAwaited (): boolean {
    const now = this.#clock()
    if (now - this.#openedLast < LONGEST_GAP) return true
    for (const [socket, openedAt] of this.#silent) {
      if (now - openedAt < LONGEST_SILENCE) return true
      this.#silent.delete(socket)
    }
    return false
  }
}
