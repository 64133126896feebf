import { LRUCache } from 'lru-cache'
import type { RunState, StoredRun } from '../runs/run-state.js'
import type { RunStore } from '../runs/run-store.js'
import type { RedisConnection } from './connection.js'
import { deleteScript, readScript, writeScript } from './script.js'

/**
 * Writes a run where none is that is still live by the caller's clock, or over the revision named, and over the write named where
 * one is. A client sends a command again whose reply was lost: what it has written already is written.
 */
const WRITE = writeScript(`
local revision, expires, write = unpack(redis.call('HMGET', KEYS[1], 'revision', 'expires', 'write'))
if revision == ARGV[2] and write == ARGV[6] then return 1 end
if expires and tonumber(expires) <= tonumber(ARGV[5]) then revision = false end
if (revision or '0') ~= ARGV[1] or (ARGV[7] ~= '' and write ~= ARGV[7]) then return 0 end
redis.call('DEL', KEYS[1])
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'revision', ARGV[2], 'expires', ARGV[4], 'state', ARGV[3], 'write', ARGV[6],
  'written', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('PEXPIRE', KEYS[1], ARGV[4] - ARGV[5])
return 1
`)

/** A run, its write, and the milliseconds since that by the server's clock. */
const LOAD = readScript(`
local run = redis.call('HMGET', KEYS[1], 'revision', 'expires', 'state', 'written', 'write')
local time = redis.call('TIME')
return { run[1], run[2], run[3], run[4] and tostring(time[1] * 1000 + math.floor(time[2] / 1000) - run[4]), run[5] }
`)

const DELETE = deleteScript("return redis.call('DEL', KEYS[1])")

/** Characters of the states, as JSON, of the runs that this process has written last and remembers. */
const RECALLED = 8 * 1024 * 1024

/** A run as this process has written it. */
interface Written {
  readonly revision: number
  readonly state: RunState
  readonly write: string
  /** When the write was sent, by the connection's clock. */
  readonly sentAt: number
}

/** Runs in Redis or Valkey, which all processes share. A run lives as long as its state says. */
export class RedisRunStore implements RunStore {
  readonly shared = true
  readonly hidesIds = true
  readonly #redis: RedisConnection
  readonly #written = new LRUCache<string, Written>({ maxSize: RECALLED })
  /** What the names of this store's writes begin with. */
  readonly #name: string
  #writes = 0

  constructor (redis: RedisConnection) {
    this.#redis = redis
    this.#name = Buffer.from(redis.randomBytes(12)).toString('base64url')
  }

  async load (id: string): Promise<StoredRun | undefined> {
    const [revision, expires, state, age, write] = replyTexts(await this.#redis.ask(LOAD, [this.#key(id)], []))
    if (revision === undefined || expires === undefined || state === undefined) return undefined
    if (Number(expires) <= this.#redis.now()) return undefined
    const run = { revision: Number(revision), state: this.#open(id, revision, state), age: Number(age) }
    return write === undefined ? run : { ...run, write }
  }

  recall (id: string): StoredRun | undefined {
    const written = this.#written.get(id)
    if (written === undefined) return undefined
    const { revision, state, write, sentAt } = written
    return { revision, state, write, age: this.#redis.clock() - sentAt }
  }

  async create (id: string, state: RunState): Promise<boolean> {
    return await this.#put(id, 0, state, '')
  }

  async compareAndSet (id: string, revision: number, state: RunState, write = ''): Promise<boolean> {
    return revision >= 1 && await this.#put(id, revision, state, write)
  }

  async delete (id: string): Promise<void> {
    this.#written.delete(id)
    await this.#redis.run(DELETE, [this.#key(id)], [])
  }

  async #put (id: string, from: number, state: RunState, replaced: string): Promise<boolean> {
    const revision = from + 1
    const value = this.#redis.encode(state, boundTo(id, String(revision)))
    const written = { revision, state, write: `${this.#name} ${this.#writes += 1}`, sentAt: this.#redis.clock() }
    // Whatever becomes of it, what was written before is not to be gone on with.
    this.#written.delete(id)
    const args = [from, revision, value, Math.ceil(state.expiresAt), Math.floor(this.#redis.now()), written.write, replaced]
    const isWritten = await this.#redis.run(WRITE, [this.#key(id)], args) === 1
    if (isWritten) this.#written.set(id, written, { size: value.length })
    return isWritten
  }

  #open (id: string, revision: string, state: string): RunState {
    const opened: RunState = JSON.parse(this.#redis.jsonOf(state, boundTo(id, revision)))
    return opened
  }

  #key (id: string): string {
    return this.#redis.key('run', id)
  }
}

/** A state of another run, or an earlier one of this run, does not open. */
function boundTo (id: string, revision: string): string {
  return `run ${revision} ${id}`
}

/** What a script has replied, where it replied with a list; what is not text is not there. */
function replyTexts (reply: unknown): ReadonlyArray<string | undefined> {
  const items: readonly unknown[] = Array.isArray(reply) ? reply : []
  return items.map((item) => typeof item === 'string' ? item : undefined)
}
