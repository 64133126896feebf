import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { Server, Socket } from 'node:net'
import { LRUCache } from 'lru-cache'

/** The channel on which Node tells of each connection that a server of this process has accepted. */
const ACCEPTED = 'net.server.socket'

/** Turns of the event loop that it takes to read what is there: one to accept a connection, one to read, one to parse. */
const READING_TURNS = 3

/** Milliseconds after which a connection that says nothing is not waited for any more. */
const LONGEST_SILENCE = 100

/** Milliseconds after which connections that are opened one after the other are taken for separate ones. */
const LONGEST_GAP = 10

/** Milliseconds for which a reply is held back at most: where connections never stop coming in, nobody waits for the last. */
const LONGEST_WAIT = 1000

/** Addresses whose last connection is remembered. */
const REMEMBERED = 10_000

/** A connection that has made no request yet. */
interface Silent {
  readonly address: string
  /** By the clock. */
  readonly openedAt: number
}

/** Replies to one address that have been held back since the same turn of the event loop. */
interface Waiting {
  readonly address: string
  /** The turn, by number. */
  readonly since: number
  /** By the clock. */
  readonly until: number
  /** Turns of the event loop that are still to be waited for. */
  turns: number
  readonly settled: Promise<void>
  readonly goOn: () => void
}

/**
 * Waits for what the clients have sent already. An answer without a step token that arrives after the reply to an equal one
 * would be taken for an answer to the next stage, so that reply is held back until every request is read that had reached this
 * machine, and until connections that its address has just opened have said what for: a client that sends one answer fifty
 * times at once opens fifty connections first.
 */
export class Settling {
  /** By connection that has made no request yet. */
  readonly #silent = new Map<string | Socket, Silent>()
  /** Servers whose requests are heard. */
  readonly #servers = new WeakSet<Server>()
  /** By address: when it has opened a connection last. */
  readonly #openedLast = new LRUCache<string, number>({ max: REMEMBERED })
  readonly #clock: () => number
  readonly #heard: (request: IncomingMessage) => void
  #waiting: Waiting[] = []
  /** Turns of the event loop in which there was somebody waiting. */
  #turns = 0

  /**
   * @param clock milliseconds of a clock that never goes back.
   * @param heard is told of each request when it has been read, before anybody has begun to work on it.
   */
  constructor (server: Server, clock: () => number, heard: (request: IncomingMessage) => void) {
    this.#clock = clock
    this.#heard = heard
    this.#listenTo(server)
    server.on('connection', (socket: Socket) => this.#opened(socket))
    // Where `localhost` has several addresses, Fastify makes a further server for each, on the same port, and tells nobody of it.
    const accepted = (message: unknown): void => {
      const socket = socketOf(message)
      if (socket === undefined || socket.localPort !== portOf(server)) return
      this.#listenTo(serverOf(socket))
      this.#opened(socket)
    }
    server.on('listening', () => subscribe(ACCEPTED, accepted))
    server.on('close', () => unsubscribe(ACCEPTED, accepted))
  }

  /** Whatever route a request is for, its connection has spoken. */
  #listenTo (server: Server | undefined): void {
    if (server === undefined || this.#servers.has(server)) return
    this.#servers.add(server)
    server.prependListener('request', (request: IncomingMessage) => {
      this.#heard(request)
      if (this.#silent.size > 0) this.#silent.delete(nameOf(request.socket))
    })
  }

  #opened (socket: Socket): void {
    const name = nameOf(socket)
    if (this.#silent.has(name)) return
    const openedAt = this.#clock()
    const address = addressOf(socket)
    this.#openedLast.set(address, openedAt)
    this.#silent.set(name, { address, openedAt })
    socket.once('close', () => this.#silent.delete(name))
  }

  /** Resolves when what the address of a connection has on its way has been read, or has been waited for long enough. */
  settled (socket: Socket): Promise<void> {
    const address = addressOf(socket)
    const last = this.#waiting.at(-1)
    return last?.since === this.#turns && last.address === address ? last.settled : this.#wait(address)
  }

  #wait (address: string): Promise<void> {
    let goOn = (): void => {}
    const settled = new Promise<void>((resolve) => { goOn = resolve })
    const until = this.#clock() + LONGEST_WAIT
    this.#waiting.push({ address, since: this.#turns, until, turns: READING_TURNS, settled, goOn })
    // All who wait at a time are served by the same turns.
    if (this.#waiting.length === 1) setImmediate(this.#turn)
    return settled
  }

  readonly #turn = (): void => {
    this.#turns += 1
    const now = this.#clock()
    const isOver = ({ turns, until }: Waiting) => turns === 0 || now >= until
    for (const one of this.#waiting) one.turns = this.#isAwaited(one.address, now) ? READING_TURNS : one.turns - 1
    for (const one of this.#waiting.filter(isOver)) one.goOn()
    this.#waiting = this.#waiting.filter((one) => !isOver(one))
    if (this.#waiting.length === 0) return
    // Where all wait for connections to speak, there is time: no turn is made for nothing.
    if (this.#waiting.every(({ turns }) => turns === READING_TURNS)) setTimeout(this.#turn, 1)
    else setImmediate(this.#turn)
  }

  #isAwaited (address: string, now: number): boolean {
    if (now - (this.#openedLast.get(address) ?? -Infinity) < LONGEST_GAP) return true
    for (const [name, silent] of this.#silent) {
      if (now - silent.openedAt >= LONGEST_SILENCE) this.#silent.delete(name)
      else if (silent.address === address) return true
    }
    return false
  }
}

/** The connection that a message of the channel is about. */
function socketOf (message: unknown): Socket | undefined {
  const socket = typeof message === 'object' && message !== null && 'socket' in message ? message.socket : undefined
  return socket instanceof Socket ? socket : undefined
}

/** A server of this machine's file system has no port, and no further server. */
function portOf (server: Server): number | undefined {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : undefined
}

/**
 * What tells a connection from others: its far end, since with TLS and HTTP/2 a request has another object for it than the server
 * has told of. Over a socket of this machine's file system there is no far end to be told.
 */
function nameOf (socket: Socket): string | Socket {
  const { remoteAddress, remotePort } = socket
  return remotePort === undefined ? socket : `${remoteAddress ?? ''} ${remotePort}`
}

/** Node keeps at a connection which server has accepted it, and leaves that out of its types. */
function serverOf (socket: Socket): Server | undefined {
  const server: unknown = Reflect.get(socket, 'server')
  return server instanceof Server ? server : undefined
}

/** Where a connection comes from; over a socket of this machine's file system there is no address. */
function addressOf ({ remoteAddress = '' }: Socket): string {
  return remoteAddress
}
