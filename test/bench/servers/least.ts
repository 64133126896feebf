import { createHmac, hash, randomBytes } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import { Redis, type Result } from 'ioredis'
import { LRUCache } from 'lru-cache'
import { serve, setup } from './serve.js'
import { sessionApp } from './session-app.js'

/**
 * The least of a walk: a run that is found by a hash of session and flow, is replaced by compare-and-set, and has its frames and
 * events; a keyed fingerprint by which an equal answer is known again; a token for each challenge; a body written as JSON.
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

interface Runs {
  load (id: string): Promise<Run | undefined>
  /** Writes a run over the revision before its own; false where that is not there. */
  write (id: string, run: Run): Promise<boolean>
}

interface Body {
  readonly flow_info?: { readonly step_token: string }
}

const MAX_AGE = 1_800_000

declare module 'ioredis' {
  interface RedisCommander<Context> {
    writeRun (key: string, from: number, to: number, state: string): Result<number, Context>
  }
}

function redisRuns (socket: string): Runs {
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
  return {
    load: async (id) => {
      const text = await client.hget(id, 'state')
      const run: Run | undefined = text === null ? undefined : JSON.parse(text)
      return run
    },
    write: async (id, run) => await client.writeRun(id, run.revision - 1, run.revision, JSON.stringify(run)) === 1
  }
}

function memoryRuns (): Runs {
  const runs = new LRUCache<string, Run>({ max: 100_000 })
  return {
    load: async (id) => runs.get(id),
    write: async (id, run) => {
      if (run.revision !== 1 && runs.get(id)?.revision !== run.revision - 1) return false
      runs.set(id, run)
      return true
    }
  }
}

const runs = redis === undefined ? memoryRuns() : redisRuns(redis)
const bodies = texts.map((text): Body => JSON.parse(text))
const bindings = bodies.map((_, step) => `00000000-0000-4000-8000-00000000000${step}`)
const key = randomBytes(32)
const mac = (text: string) => createHmac('sha256', key).update(text, 'utf16le').digest('hex')
const runId = (session: string) => hash('sha256', `${session}\n${path}`, 'base64url')

function bodyOf (id: string, step: number): string {
  const body = bodies[step]
  if (body?.flow_info === undefined) return JSON.stringify(body)
  return JSON.stringify({ ...body, flow_info: { ...body.flow_info, step_token: mac(`step\n${id}\n${step}`) } })
}

function pendingFrom (step: number): Run['pending'] {
  return bindings.slice(step, -1).map((binding) => ({ binding, marker: 'none' }))
}

function begun (now: number): Run {
  return {
    revision: 1,
    startedAt: now,
    movedAt: now,
    expiresAt: now + MAX_AGE,
    pending: pendingFrom(0),
    frames: [],
    events: [{ kind: 'started', binding: '', at: now }, { kind: 'challenge', binding: bindings[0] ?? '', at: now }],
    fingerprint: null
  }
}

function moved (run: Run, fingerprint: string, now: number): Run {
  const step = run.frames.length
  const [binding = '', next = ''] = bindings.slice(step)
  return {
    revision: run.revision + 1,
    startedAt: run.startedAt,
    movedAt: now,
    expiresAt: run.expiresAt,
    pending: pendingFrom(step + 1),
    frames: [...run.frames, { binding, next, changes: {} }],
    events: [...run.events, { kind: 'passed', binding, at: now }, { kind: 'challenge', binding: next, at: now }],
    fingerprint
  }
}

function send (reply: FastifyReply, text: string): FastifyReply {
  return reply.header('cache-control', 'no-store').type('application/json; charset=utf-8').send(text)
}

const app = await sessionApp()
app.get(path, async (request, reply) => {
  request.session.isKept = true
  const id = runId(request.session.sessionId)
  await runs.write(id, begun(Date.now()))
  return await send(reply, bodyOf(id, 0))
})
app.post(path, async (request, reply) => {
  const id = runId(request.session.sessionId)
  const run = await runs.load(id)
  if (run === undefined) return await reply.code(409).send({})
  const next = moved(run, mac(`${id}\n${JSON.stringify(request.body)}`), Date.now())
  if (!await runs.write(id, next)) return await reply.code(409).send({})
  return await send(reply, bodyOf(id, next.frames.length))
})
await app.ready()
serve(app.server)
