import { OptionsError, SealError } from '../errors.js'
import type { RedisConnection } from './connection.js'
import { deleteScript, writeScript } from './script.js'

const PUT = writeScript(`
redis.call('HSET', KEYS[1], 'session', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
`)

const DELETE = deleteScript("return redis.call('DEL', KEYS[1])")

/** What is read of a session: its cookie says until when it is good. */
interface ExpiringSession {
  readonly cookie: {
    readonly expires?: Date | string | null | undefined
    readonly originalExpires?: Date | string | null | undefined
  }
}

type Done = (error?: unknown) => void

/** A write that has failed. */
interface Failure {
  readonly error: unknown
  /** By the connection's clock. */
  readonly at: number
}

/**
 * Milliseconds in which the error of a write is answered: `@fastify/session` then tries the same again, which would take as long
 * as the first time. Whoever tries later does so on purpose.
 */
const ANSWERED_WITHIN = 300

/** How a {@link RedisSessionStore} keeps sessions. */
export interface RedisSessionStoreOptions {
  /** Seconds after its last change that a session is kept whose cookie has no end of its own. Defaults to 30 days. */
  readonly maxAge?: number
}

/**
 * Sessions of `@fastify/session` in Redis or Valkey (its option `store`). Each has an expiry, its cookie's where it has one;
 * the key holds a digest of the session's id.
 */
export class RedisSessionStore {
  readonly #redis: RedisConnection
  readonly #maxAge: number
  /** Sessions that could not be written. */
  readonly #failed = new WeakMap<object, Failure>()

  /** @throws OptionsError */
  constructor (redis: RedisConnection, { maxAge = 30 * 86_400 }: RedisSessionStoreOptions = {}) {
    if (!(maxAge > 0 && Number.isFinite(maxAge))) throw new OptionsError("'maxAge' must be a number of seconds above 0")
    this.#redis = redis
    this.#maxAge = maxAge * 1000
  }

  /** Gives what was kept, as whoever kept it declares it; null where there is nothing. */
  get<Session> (id: string, callback: (error: unknown, session?: Session | null) => void): void {
    this.#load<Session>(id).then((session) => callback(null, session), (error: unknown) => callback(error))
  }

  set (id: string, session: ExpiringSession, callback: Done): void {
    this.#save(id, session).then(() => callback(), callback)
  }

  destroy (id: string, callback: Done): void {
    this.#redis.run(DELETE, [this.#key(id)], []).then(() => callback(), callback)
  }

  /** A session that does not open is none: whoever has it starts anew. */
  async #load<Session> (id: string): Promise<Session | null> {
    const [stored] = await this.#redis.read(this.#key(id), 'session')
    if (stored == null) return null
    try {
      const session: Session = JSON.parse(this.#redis.jsonOf(stored, boundTo(id)), withoutPrototype)
      return session
    } catch (error) {
      if (error instanceof SealError) return null
      throw error
    }
  }

  async #save (id: string, session: ExpiringSession): Promise<void> {
    const known = this.#failed.get(session)
    if (known !== undefined && this.#redis.clock() - known.at < ANSWERED_WITHIN) throw known.error
    const left = Math.ceil(expiryOf(session) ?? this.#redis.now() + this.#maxAge) - Math.floor(this.#redis.now())
    try {
      await this.#redis.run(PUT, [this.#key(id)], [this.#redis.encode(session, boundTo(id)), left])
    } catch (error) {
      this.#failed.set(session, { error, at: this.#redis.clock() })
      throw error
    }
  }

  #key (id: string): string {
    return this.#redis.key('session', id)
  }
}

function boundTo (id: string): string {
  return `session ${id}`
}

/** The moment that `@fastify/session` goes by when it reads a session. */
function expiryOf ({ cookie }: ExpiringSession): number | undefined {
  const expires = cookie.originalExpires ?? cookie.expires
  const time = expires == null ? NaN : new Date(expires).getTime()
  return Number.isNaN(time) ? undefined : time
}

/** `@fastify/session` copies members by plain assignment, which would make a prototype of this one. */
function withoutPrototype (key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value
}
