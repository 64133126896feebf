import { Redis, type Result } from 'ioredis'
import { jsonText } from './json-text.js'
import { serve, setup } from './serve.js'
import { sessionApp } from './session-app.js'

/** Bare: the counter is in the session, and the text goes into Redis by one compare-and-set. */
const { path, texts, redis } = await setup<{ path: string, texts: string[], redis: string }>()

declare module 'fastify' {
  interface Session {
    step?: number
  }
}

const client = new Redis({ path: redis })
client.defineCommand('compareAndSet', {
  numberOfKeys: 1,
  lua: `
if (redis.call('HGET', KEYS[1], 'revision') or '0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'revision', ARGV[2], 'state', ARGV[3])
redis.call('PEXPIRE', KEYS[1], 1800000)
return 1
`
})

declare module 'ioredis' {
  interface RedisCommander<Context> {
    compareAndSet (key: string, from: number, to: number, state: string): Result<number, Context>
  }
}

const app = await sessionApp()
app.get(path, async (request, reply) => {
  await client.del(request.session.sessionId)
  request.session.step = 0
  return jsonText(reply, texts[0])
})
app.post(path, async (request, reply) => {
  const step = request.session.step ?? 0
  const text = texts[step + 1] ?? ''
  if (await client.compareAndSet(request.session.sessionId, step, step + 1, text) !== 1) throw new Error('The counter has moved')
  request.session.step = step + 1
  return jsonText(reply, text)
})
await app.ready()
serve(app.server)
