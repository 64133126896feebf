import { SealError } from '../errors.js'
import type { UserPk } from '../model/user.js'
import type { SignInRecord, SignInStore } from '../sign-in/sign-in-store.js'
import type { RedisConnection } from './connection.js'
import { deleteScript, readScript, writeScript } from './script.js'

/**
 * Keeps a record, and its key in the index of its user, from which what is over is taken out. Where it is to take the place of
 * another one, only if that is still there.
 */
const KEEP = writeScript(`
local value, index, now, expires = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
if ARGV[6] == 'replace' then
  local lasts = redis.call('ZSCORE', KEYS[2], ARGV[5])
  if not lasts or tonumber(lasts) <= now or redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
end
redis.call('HSET', KEYS[1], 'record', value, 'index', index)
redis.call('PEXPIRE', KEYS[1], expires - now)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
redis.call('ZADD', KEYS[2], expires, ARGV[5])
if redis.call('PTTL', KEYS[2]) < expires - now then redis.call('PEXPIRE', KEYS[2], expires - now) end
return 1
`)

/** The index, then records; the rest of the arguments are the records' names in the index. */
const DELETE = deleteScript(`
for i = 2, #KEYS do redis.call('DEL', KEYS[i]) end
for i = 1, #ARGV do redis.call('ZREM', KEYS[1], ARGV[i]) end
return 1
`)

const MEMBERS = readScript("return redis.call('ZRANGE', KEYS[1], 0, -1)")

/** Records deleted by one script at most, so that nobody else waits long for the server. */
const BATCH = 500

/** Sign-ins in Redis or Valkey. A record lives until it expires, the index of a user's sign-ins as long as the last of them. */
export class RedisSignInStore implements SignInStore {
  readonly #redis: RedisConnection

  constructor (redis: RedisConnection) {
    this.#redis = redis
  }

  async load (id: string): Promise<SignInRecord | undefined> {
    const [stored] = await this.#redis.read(this.#key(id), 'record')
    const record = stored == null ? undefined : this.#open(stored, id)
    return record === undefined || record.expiresAt <= this.#redis.now() ? undefined : record
  }

  async create (id: string, record: SignInRecord): Promise<void> {
    await this.#keep(id, record, 'create')
  }

  async replace (id: string, record: SignInRecord): Promise<void> {
    await this.#keep(id, record, 'replace')
  }

  async #keep (id: string, record: SignInRecord, how: 'create' | 'replace'): Promise<void> {
    const index = this.#index(record.user)
    const now = Math.floor(this.#redis.now())
    if (Math.ceil(record.expiresAt) <= now) return await this.delete(id)
    await this.#redis.run(KEEP, [this.#key(id), index],
      [this.#redis.encode(record, boundTo(id)), index, now, Math.ceil(record.expiresAt), this.#key(id), how])
  }

  async delete (id: string): Promise<void> {
    const key = this.#key(id)
    const [index] = await this.#redis.read(key, 'index')
    if (index != null) await this.#redis.run(DELETE, [index, key], [key])
  }

  async deleteAllOf (user: UserPk): Promise<void> {
    const index = this.#index(user)
    const members = textsOf(await this.#redis.ask(MEMBERS, [index], []))
    for (let start = 0; start < members.length; start += BATCH) {
      const keys = members.slice(start, start + BATCH)
      await this.#redis.run(DELETE, [index, ...keys], keys)
    }
  }

  /** A record that does not open signs nobody in. */
  #open (stored: string, id: string): SignInRecord | undefined {
    try {
      const record: SignInRecord = JSON.parse(this.#redis.jsonOf(stored, boundTo(id)))
      return record
    } catch (error) {
      if (error instanceof SealError) return undefined
      throw error
    }
  }

  #key (id: string): string {
    return this.#redis.key('sign-in', id)
  }

  #index (user: UserPk): string {
    return this.#redis.key('sign-ins-of', typeof user, String(user))
  }
}

function boundTo (id: string): string {
  return `sign-in ${id}`
}

function textsOf (reply: unknown): string[] {
  return Array.isArray(reply) ? reply.map(String) : []
}
