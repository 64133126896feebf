import type { AttemptAnswer, AttemptLimit, AttemptStore } from '../attempts/attempt-store.js'
import type { RedisConnection } from './connection.js'
import { writeScript } from './script.js'

/** The window of a key, by the caller's clock: how many were counted and when it ends. */
const WINDOW = `
local function current (now)
  local ends = tonumber(redis.call('HGET', KEYS[1], 'ends') or now)
  if ends <= now then return 0 end
  return tonumber(redis.call('HGET', KEYS[1], 'count')), ends
end
`

/** Answers with nothing where the attempt is allowed, else with the milliseconds until the next one is. */
const TAKE = writeScript(`${WINDOW}
local now, max, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local count, ends = current(now)
if not ends then ends = now + window end
if count >= max then return string.format('%.17g', ends - now) end
redis.call('HSET', KEYS[1], 'count', count + 1, 'ends', string.format('%.17g', ends))
-- The end goes by the caller's clock; the server takes away what nobody asks for any more.
redis.call('PEXPIRE', KEYS[1], math.ceil(ends - now) + 60000)
return ''
`)

const GIVE_BACK = writeScript(`${WINDOW}
local count = current(tonumber(ARGV[1]))
if count > 1 then redis.call('HINCRBY', KEYS[1], 'count', -1) else redis.call('DEL', KEYS[1]) end
return 1
`)

/** Attempts in Redis or Valkey, which all processes share. A key lives as long as its window. */
export class RedisAttemptStore implements AttemptStore {
  readonly #redis: RedisConnection

  constructor (redis: RedisConnection) {
    this.#redis = redis
  }

  async take (key: string, { max, window }: AttemptLimit): Promise<AttemptAnswer> {
    const wait = await this.#redis.run(TAKE, [this.#redis.key('attempts', key)], [this.#redis.now(), max, window])
    return wait === '' ? { allowed: true } : { allowed: false, retryAfter: Number(wait) }
  }

  async giveBack (key: string): Promise<void> {
    await this.#redis.run(GIVE_BACK, [this.#redis.key('attempts', key)], [this.#redis.now()])
  }
}
