import { reputationBounds, type ReputationBounds } from '../users/reputation-bounds.js'
import type { ReputationQuery, ReputationStore } from '../users/reputation.js'
import { digest, type RedisConnection } from './connection.js'
import { writeScript } from './script.js'

/**
 * Keys: rows (pair: score, expiry, identifier, address), their order (pair by number of the last change), and totals (what
 * has an identifier or address in common: its sum, and how many rows it has). Rows that are over go first, a bounded number
 * with each call; those of one burst are gone after as many calls as it needs.
 */
const ROWS = `
local MAX_FORGOTTEN = 1000
local function count (name, score, rows)
  if redis.call('HINCRBY', KEYS[3], 'rows ' .. name, rows) == 0 then
    redis.call('HDEL', KEYS[3], 'rows ' .. name, 'sum ' .. name)
  else
    redis.call('HINCRBYFLOAT', KEYS[3], 'sum ' .. name, string.format('%.17g', score))
  end
end
local function rowOf (pair)
  local row = redis.call('HGET', KEYS[1], pair)
  return row and cjson.decode(row)
end
local function remove (pair, row)
  redis.call('HDEL', KEYS[1], pair)
  redis.call('ZREM', KEYS[2], pair)
  count(row[3], -row[1], -1)
  count(row[4], -row[1], -1)
end
local function forgetExpired (now)
  for i = 1, MAX_FORGOTTEN do
    local pair = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
    local row = pair and rowOf(pair)
    if not row or row[2] > now then return end
    remove(pair, row)
  end
end
`

const ADJUST = writeScript(`${ROWS}
local pair, identifier, ip = ARGV[1], ARGV[2], ARGV[3]
local change, lower, upper, max = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local now, expiry = tonumber(ARGV[8]), tonumber(ARGV[9])
forgetExpired(now)
local old = rowOf(pair)
if old then remove(pair, old) end
local score = math.min(math.max((old and old[1] or 0) + change, lower), upper)
local last = tonumber(redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')[2] or 0)
redis.call('HSET', KEYS[1], pair, string.format('[%.17g,%.17g,"%s","%s"]', score, now + expiry, identifier, ip))
redis.call('ZADD', KEYS[2], last + 1, pair)
count(identifier, score, 1)
count(ip, score, 1)
if redis.call('ZCARD', KEYS[2]) > max then
  local first = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
  remove(first, rowOf(first))
end
-- Ages go by the caller's clock; the server's expiry takes away what nobody asks for any more. It counts no more than so far.
for i = 1, 3 do
  if expiry < 1e15 then redis.call('PEXPIRE', KEYS[i], math.ceil(expiry) + 60000) else redis.call('PERSIST', KEYS[i]) end
end
return 1
`)

const SCORE = writeScript(`${ROWS}
local pair, identifier, ip, now = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
forgetExpired(now)
local function sum (name) return name == '' and 0 or tonumber(redis.call('HGET', KEYS[3], 'sum ' .. name) or 0) end
local both = pair ~= '' and rowOf(pair)
-- The row that has both is in both sums.
return string.format('%.17g', sum(identifier) + sum(ip) - (both and both[1] or 0))
`)

/** Scores in Redis or Valkey, which all processes share; bounded in number and age as in memory. */
export class RedisReputationStore implements ReputationStore {
  readonly #redis: RedisConnection
  readonly #bounds: Required<ReputationBounds>
  readonly #keys: readonly string[]

  /** @throws OptionsError where a bound makes no sense. */
  constructor (redis: RedisConnection, bounds: ReputationBounds = {}) {
    this.#redis = redis
    this.#bounds = reputationBounds(bounds)
    this.#keys = ['rows', 'order', 'totals'].map((part) => redis.key(`reputation-${part}`))
  }

  async adjust (identifier: string, ip: string, change: number): Promise<void> {
    const { lower, upper, maxEntries, expiry } = this.#bounds
    await this.#redis.run(ADJUST, this.#keys,
      [digest(identifier, ip), nameOf('identifier', identifier), nameOf('ip', ip), change, lower, upper, maxEntries,
        this.#redis.now(), expiry * 1000])
  }

  async score ({ identifier, ip }: ReputationQuery): Promise<number> {
    const pair = identifier === undefined || ip === undefined ? '' : digest(identifier, ip)
    const names = [nameOf('identifier', identifier), nameOf('ip', ip)]
    return Number(await this.#redis.run(SCORE, this.#keys, [pair, ...names, this.#redis.now()]))
  }
}

/** What a total goes by; nothing where it is not asked for. */
function nameOf (kind: string, text: string | undefined): string {
  return text === undefined ? '' : digest(kind, text)
}
