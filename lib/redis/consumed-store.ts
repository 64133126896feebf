import type { ConsumedStore } from '../consumed/consumed-store.js'
import { STEP_AGE, TOKEN_AGE } from '../consumed/memory-consumed-store.js'
import { OptionsError } from '../errors.js'
import type { RedisConnection } from './connection.js'
import { writeScript } from './script.js'

/** Takes a step that is above the last one. */
const TAKE = writeScript(`
local step = redis.call('HGET', KEYS[1], 'step')
if tonumber(ARGV[1]) <= tonumber(step or -1) then return 0 end
redis.call('HSET', KEYS[1], 'step', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
`)

/** How long a {@link RedisConsumedStore} remembers. */
export interface RedisConsumedOptions {
  /** Seconds that a single-use token is remembered; it must not be good for longer. Defaults to 400 days. */
  readonly tokenAge?: number
}

/** What was used, in Redis or Valkey: a code that was taken in one process is taken in all. */
export class RedisConsumedStore implements ConsumedStore {
  readonly #redis: RedisConnection
  readonly #tokenAge: number

  /** @throws OptionsError */
  constructor (redis: RedisConnection, { tokenAge = TOKEN_AGE }: RedisConsumedOptions = {}) {
    if (!(tokenAge > 0 && Number.isFinite(tokenAge))) throw new OptionsError("'tokenAge' must be a number of seconds above 0")
    this.#redis = redis
    this.#tokenAge = tokenAge
  }

  async useStep (device: string, step: number): Promise<boolean> {
    return await this.#take(this.#redis.key('used-step', device), step, STEP_AGE)
  }

  async useToken (token: string): Promise<boolean> {
    return await this.#take(this.#redis.key('used-token', token), 0, this.#tokenAge)
  }

  async #take (key: string, step: number, age: number): Promise<boolean> {
    if (!Number.isSafeInteger(step)) return false
    return await this.#redis.run(TAKE, [key], [step, Math.ceil(age * 1000)]) === 1
  }
}
