import { LRUCache } from 'lru-cache'
import type { RunState, StoredRun } from '../runs/run-state.js'
import type { RunStore } from '../runs/run-store.js'
import type { RedisConnection } from './connection.js'
import { deleteScript, readScript, writeScript } from './script.js'

/** Writes a run where none is that is still live by the caller's clock, or over the revision named of the run named. */
const WRITE = writeScript(`
local revision, expires, run = unpack(redis.call('HMGET', KEYS[1], 'revision', 'expires', 'run'))
if expires and tonumber(expires) <= tonumber(ARGV[5]) then revision = false end
if (revision or '0') ~= ARGV[1] or (revision and run ~= ARGV[7]) then return 0 end
redis.call('DEL', KEYS[1])
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'revision', ARGV[2], 'expires', ARGV[4], 'state', ARGV[3], 'run', ARGV[6],
  'written', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('PEXPIRE', KEYS[1], ARGV[4] - ARGV[5])
return 1
`)

/** A run, and the milliseconds since it was written by the server's clock. */
const LOAD = readScript(`
local run = redis.call('HMGET', KEYS[1], 'revision', 'expires', 'state', 'written')
local time = redis.call('TIME')
return { run[1], run[2], run[3], run[4] and tostring(time[1] * 1000 + math.floor(time[2] / 1000) - run[4]) }
`)

const DELETE = deleteScript("return redis.call('DEL', KEYS[1])")

/** Characters of the states, as JSON, of the runs that this process has written last and remembers. */
const RECALLED = 8 * 1024 * 1024

/** Runs in Redis or Valkey, which all processes share. A run lives as long as its state says. */
export class RedisRunStore implements RunStore {
  readonly shared = true
  readonly hidesIds = true
  readonly #redis: RedisConnection
  readonly #written = new LRUCache<string, StoredRun>({ maxSize: RECALLED })

  constructor (redis: RedisConnection) {
    this.#redis = redis
  }

  async load (id: string): Promise<StoredRun | undefined> {
    const [revision, expires, state, age] = replyTexts(await this.#redis.ask(LOAD, [this.#key(id)], []))
    if (revision === undefined || expires === undefined || state === undefined) return undefined
    if (Number(expires) <= this.#redis.now()) return undefined
    return { revision: Number(revision), state: this.#open(id, revision, state), age: Number(age) }
  }

  recall (id: string): StoredRun | undefined {
    return this.#written.get(id)
  }

  async create (id: string, state: RunState): Promise<boolean> {
    return await this.#write(id, 0, state, '')
  }

  async compareAndSet (id: string, revision: number, state: RunState, replaced: string): Promise<boolean> {
    return revision >= 1 && await this.#write(id, revision, state, replaced)
  }

  async delete (id: string): Promise<void> {
    this.#written.delete(id)
    await this.#redis.run(DELETE, [this.#key(id)], [])
  }

  async #write (id: string, from: number, state: RunState, replaced: string): Promise<boolean> {
    const revision = from + 1
    const value = this.#redis.encode(state, boundTo(id, String(revision)))
    // Whatever becomes of it, what was written before is not to be gone on with.
    this.#written.delete(id)
    const args = [from, revision, value, Math.ceil(state.expiresAt), Math.floor(this.#redis.now()), state.id, replaced]
    const isWritten = await this.#redis.run(WRITE, [this.#key(id)], args) === 1
    if (isWritten) this.#written.set(id, { revision, state }, { size: value.length })
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
