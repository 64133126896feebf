import { hash, randomBytes } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Redis, type Result } from 'ioredis'
import { LRUCache } from 'lru-cache'
import { jsonText } from './json-text.js'
import { serve, setup } from './serve.js'
import { sessionApp } from './session-app.js'

/**
 * The least of a walk: a run that is found by session and flow, is replaced by compare-and-set, and has its frames and
 * events; the answer's JSON, by which an equal one is known again; a token for each challenge; a body written as JSON.
 */
const { path, texts, redis } = await setup<{ path: string, texts: string[], redis?: string }>()

declare module 'fastify' {
  interface Session {
    isKept?: boolean
  }
}

interface Run {
  readonly revision: number
  readonly startedAt: number
  readonly movedAt: number
  readonly expiresAt: number
  readonly pending: readonly { readonly binding: string, readonly marker: string }[]
  readonly frames: readonly { readonly binding: string, readonly next: string, readonly changes: object }[]
  readonly events: readonly { readonly kind: string, readonly binding: string, readonly at: number }[]
  readonly fingerprint: string | null
}

const MAX_AGE = 1_800_000

declare module 'ioredis' {
  interface RedisCommander<Context> {
    writeRun (key: string, from: number, to: number, state: string): Result<number, Context>
  }
}

/** Cut around its token, where there is one. */
const bodies = texts.map((text) => text.split(/[0-9a-f]{64}/))
const bindings = texts.map((_, step) => `00000000-0000-4000-8000-00000000000${step}`)
const pending = bindings.map((_, step): Run['pending'] => bindings.slice(step, -1).map((binding) => ({ binding, marker: 'none' })))
const key = randomBytes(32).toString('base64url')
const mac = (text: string) => hash('sha3-256', key + text, 'hex')
const nameOf = ({ session }: FastifyRequest) => `${session.sessionId}\n${path}`
/** A digest, where others can see it. */
const runId = redis === undefined ? nameOf : (request: FastifyRequest) => hash('sha256', nameOf(request), 'base64url')

function bodyOf (id: string, step: number): string {
  const [before = '', after] = bodies[step] ?? []
  return after === undefined ? before : before + mac(`step\n${id}\n${step}`) + after
}

function begun (now: number): Run {
  return {
    revision: 1,
    startedAt: now,
    movedAt: now,
    expiresAt: now + MAX_AGE,
    pending: pending[0] ?? [],
    frames: [],
    events: [{ kind: 'started', binding: '', at: now }, { kind: 'challenge', binding: bindings[0] ?? '', at: now }],
    fingerprint: null
  }
}

function moved (run: Run, body: unknown): Run {
  const now = Date.now()
  const step = run.frames.length
  const [binding = '', next = ''] = bindings.slice(step, step + 2)
  return {
    revision: run.revision + 1,
    startedAt: run.startedAt,
    movedAt: now,
    expiresAt: run.expiresAt,
    pending: pending[step + 1] ?? [],
    frames: [...run.frames, { binding, next, changes: {} }],
    events: [...run.events, { kind: 'passed', binding, at: now }, { kind: 'challenge', binding: next, at: now }],
    fingerprint: JSON.stringify(body)
  }
}

/** Starts a run, whose session is kept. */
function start (request: FastifyRequest): { readonly id: string, readonly run: Run } {
  request.session.isKept = true
  return { id: runId(request), run: begun(Date.now()) }
}

/** The session has nothing new: its plugin need not look. */
function leaveSessionAlone (request: { session: unknown }): void {
  request.session = null
}

function missing (): never {
  throw new Error('There is no such run, or it has moved')
}

let gathered: Promise<void> | undefined
let size = 0

/** Has requests that come in together worked on together, as ours are. */
function gather (): Promise<void> {
  size += 1
  gathered ??= moreHaveCome()
  return gathered
}

async function moreHaveCome (): Promise<void> {
  let before = 0
  for (let turns = 0; turns < 4 && size > before; turns += 1) {
    before = size
    await nextTurn()
  }
  size = 0
  gathered = undefined
}

/** Runs in memory: nothing is to be waited for, so that nobody can have moved the run between loading and writing it. */
function walkInMemory (app: FastifyInstance): void {
  const runs = new LRUCache<string, Run>({ max: 100_000 })
  app.get(path, async (request, reply) => {
    await gather()
    const { id, run } = start(request)
    runs.set(id, run)
    return jsonText(reply, bodyOf(id, 0))
  })
  app.post(path, async (request, reply) => {
    await gather()
    const id = runId(request)
    leaveSessionAlone(request)
    const next = moved(runs.get(id) ?? missing(), request.body)
    runs.set(id, next)
    return jsonText(reply, bodyOf(id, next.frames.length))
  })
}

/** Runs in Redis: what follows from what this process has written last takes one command; the rest is loaded first. */
function walkInRedis (app: FastifyInstance, socket: string): void {
  const written = new LRUCache<string, Run>({ max: 10_000 })
  const client = new Redis({ path: socket })
  client.defineCommand('writeRun', {
    numberOfKeys: 1,
    lua: `
if ARGV[2] ~= '1' and (redis.call('HGET', KEYS[1], 'revision') or '0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'revision', ARGV[2], 'state', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ${MAX_AGE})
return 1
`
  })
  const write = async (id: string, run: Run): Promise<void> => {
    if (await client.writeRun(id, run.revision - 1, run.revision, JSON.stringify(run)) !== 1) missing()
    written.set(id, run)
  }
  app.get(path, async (request, reply) => {
    await gather()
    const { id, run } = start(request)
    await write(id, run)
    return jsonText(reply, bodyOf(id, 0))
  })
  app.post(path, async (request, reply) => {
    await gather()
    const id = runId(request)
    leaveSessionAlone(request)
    const run: Run = written.get(id) ?? JSON.parse(await client.hget(id, 'state') ?? missing())
    const next = moved(run, request.body)
    await write(id, next)
    return jsonText(reply, bodyOf(id, next.frames.length))
  })
}

const app = await sessionApp()
if (redis === undefined) walkInMemory(app)
else walkInRedis(app, redis)
await app.ready()
serve(app.server)
