import { hash } from 'node:crypto'
import { Sealer } from '../context/seal.js'
import { OptionsError, StoreUnavailableError } from '../errors.js'
import type { Services } from '../services.js'
import { adaptClient, type AnyRedisClient, type RedisClient } from './client.js'
import { isLate, isUnknownScript, storeFault } from './faults.js'
import type { RedisScript } from './script.js'
import { ServerClock, TIME_SCRIPT } from './server-clock.js'

/** How the stores on one connection keep what they keep. */
export interface RedisConnectionOptions extends Pick<Services, 'now' | 'randomBytes'> {
  /** Goes before every key. Defaults to `flows:`. With a hash tag, such as `{flows}:`, all keys are on one node of a cluster. */
  readonly keyPrefix?: string
  /** Keys of 32 bytes that encrypt every value. The first seals, all of them open. Defaults to none: values are plain JSON. */
  readonly sealKeys?: readonly Uint8Array[]
  /** Milliseconds that a command may take before it has failed. Defaults to 800. */
  readonly timeLimit?: number
  /** Milliseconds of a clock that never goes back, for deadlines. Defaults to `performance.now`. */
  readonly clock?: () => number
}

/**
 * What the stores share: the client, names of keys, encryption and time limits. Every command ends within the time limit;
 * one that changes something and is not begun by then is refused by the server, so that what has failed was not done.
 */
export class RedisConnection {
  readonly now: () => number
  /** Milliseconds of a clock that never goes back. */
  readonly clock: () => number
  readonly randomBytes: (length: number) => Uint8Array
  readonly #client: RedisClient
  readonly #keyPrefix: string
  readonly #sealer: Sealer | undefined
  readonly #timeLimit: number
  readonly #serverClock: ServerClock

  /** @throws OptionsError */
  constructor (client: AnyRedisClient, options: RedisConnectionOptions) {
    const { keyPrefix = 'flows:', sealKeys, timeLimit = 800, clock = () => performance.now() } = options
    if (!(timeLimit > 0 && timeLimit <= 60_000)) throw new OptionsError("'timeLimit' must be milliseconds above 0, at most 60000")
    this.#client = adaptClient(client)
    this.now = options.now
    this.randomBytes = options.randomBytes
    this.#keyPrefix = keyPrefix
    this.#sealer = sealKeys === undefined ? undefined : new Sealer(sealKeys, options.randomBytes)
    this.#timeLimit = timeLimit
    this.clock = clock
    // A key that nothing is kept under: by it a client of a cluster asks the node that the other keys are on.
    this.#serverClock = new ServerClock(async () => Number(await this.#script(TIME_SCRIPT, [this.key('clock')], [])), clock)
  }

  /** The key of something of a kind. What it is identified by is only there as a digest. */
  key (kind: string, ...identifiers: readonly string[]): string {
    return `${this.#keyPrefix}${kind}${identifiers.length === 0 ? '' : `:${digest(...identifiers)}`}`
  }

  /** A value as it is stored: JSON, encrypted where there are keys. It opens under the same `boundTo` only. */
  encode (value: unknown, boundTo: string): string {
    const text = JSON.stringify(value)
    return this.#sealer === undefined ? text : this.#sealer.seal(text, boundTo, 'utf8')
  }

  /**
   * The JSON of a stored value. Where there are keys, a value that is not encrypted is refused: nobody who can write to the
   * store can make one up.
   *
   * @throws SealError
   */
  jsonOf (stored: string, boundTo: string): string {
    return this.#sealer === undefined ? stored : this.#sealer.open(stored, boundTo, 'utf8')
  }

  /** @throws StoreUnavailableError */
  async read (key: string, ...fields: readonly string[]): Promise<ReadonlyArray<string | null>> {
    return await this.#limited(async () => await this.#client.readFields(key, fields))
  }

  /** Runs a script that changes nothing. @throws StoreUnavailableError */
  async ask (script: RedisScript, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    return await this.#limited(() => this.#script(script, keys, args))
  }

  /** Runs a script that changes something. @throws StoreUnavailableError after which it was not run, and will not be. */
  async run (script: RedisScript, keys: readonly string[], args: ReadonlyArray<string | number>): Promise<unknown> {
    return await this.#limited(async (endsAt) => {
      try {
        return await this.#before(endsAt, script, keys, args)
      } catch (error) {
        if (!isLate(error)) throw error
        // Either it is late, or the server's clock was set: what is not late by the new time is run.
        this.#serverClock.forget()
        return await this.#before(endsAt, script, keys, args)
      }
    })
  }

  async #before (
    endsAt: number, script: RedisScript, keys: readonly string[], args: ReadonlyArray<string | number>
  ): Promise<unknown> {
    // An eighth is left for the reply to come back in.
    const left = endsAt - this.clock() - this.#timeLimit / 8
    const deadline = await this.#serverClock.in(left)
    return await this.#script(script, keys, [deadline, ...args].map(String))
  }

  async #script (script: RedisScript, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    try {
      return await this.#client.evalSha(script.sha, keys, args)
    } catch (error) {
      if (!isUnknownScript(error)) throw error
      return await this.#client.eval(script.source, keys, args)
    }
  }

  /** @param task rejects and does not throw. */
  #limited<T> (task: (endsAt: number) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(new StoreUnavailableError(`no reply within ${this.#timeLimit} ms`))
      // A reply that came while this process was busy is read first.
      const timer = setTimeout(() => setImmediate(giveUp), this.#timeLimit)
      task(this.clock() + this.#timeLimit).then((reply) => {
        clearTimeout(timer)
        resolve(reply)
      }, (error: unknown) => {
        clearTimeout(timer)
        reject(storeFault(error))
      })
    })
  }
}

/** What stands in a key or an index for identifiers of any length. */
export function digest (...identifiers: readonly string[]): string {
  return hash('sha256', JSON.stringify(identifiers), 'base64url')
}
