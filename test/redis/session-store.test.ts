import { randomBytes } from 'node:crypto'
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { RedisSessionStore, type RedisSessionStoreOptions } from '../../lib/redis/session-store.js'
import { adaptClient, type RedisClient } from '../../lib/redis/client.js'
import { RedisConnection } from '../../lib/redis/connection.js'
import { TIME_SCRIPT } from '../../lib/redis/server-clock.js'
import { CLIENTS, connectStores, lookInto } from './clients.js'
import { hasRedis, RedisServer } from './server.js'

declare module 'fastify' {
  interface Session { word?: string }
}

const sealKeys = [new Uint8Array(32).fill(1)]
const secret = 'a secret of at least thirty-two characters'

/** An app that keeps a word in its session, with the errors of Fastify's own handler. */
async function buildApp (
  t: Test, redis: RedisConnection, maxAge?: number, options?: RedisSessionStoreOptions
): Promise<FastifyInstance> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(cookie)
  await app.register(session, {
    secret,
    store: new RedisSessionStore(redis, options),
    cookie: { secure: false, ...maxAge === undefined ? {} : { maxAge } },
    rolling: false,
    saveUninitialized: false
  })
  app.get('/', async (request) => ({ word: request.session.word ?? null }))
  app.post<{ Body: { word: string } }>('/', async (request) => {
    request.session.word = request.body.word
    return {}
  })
  app.post('/new', async (request) => {
    await request.session.regenerate(['word'])
    return {}
  })
  app.post('/end', async (request) => {
    await request.session.destroy()
    return {}
  })
  await app.ready()
  return app
}

function browser (app: FastifyInstance) {
  let sessionId = ''
  const request = async (method: 'GET' | 'POST', url: string, payload?: object) => {
    const response = await app.inject({
      method, url, ...sessionId === '' ? {} : { cookies: { sessionId } }, ...payload === undefined ? {} : { payload }
    })
    sessionId = response.cookies.find(({ name }) => name === 'sessionId')?.value ?? sessionId
    return response
  }
  return { request, id: () => decodeURIComponent(sessionId).split('.')[0] ?? '' }
}

if (hasRedis(t)) {
  const server = await RedisServer.start(t)
  const direct = lookInto(t, server)

  for (const client of CLIENTS) {
    t.test(`sessions by ${client}: kept, moved to a new id, ended; each has an expiry`, async (t) => {
      await direct.flushall()
      const { redis } = await connectStores(t, server, client, { sealKeys, now: Date.now })
      const app = await buildApp(t, redis, 60_000)
      const ada = browser(app)
      await browser(app).request('GET', '/')
      t.strictSame(await direct.keys('*'), [], 'who has nothing in the session has no entry')
      await ada.request('POST', '/', { word: 'canary-word' })
      t.strictSame((await ada.request('GET', '/')).json(), { word: 'canary-word' })
      const [key = ''] = await direct.keys('*')
      const left = await direct.pttl(key)
      t.ok(left > 50_000 && left <= 60_000, `PTTL is ${left}`)
      t.notMatch(key + (await direct.dumpBuffer(key)).toString('latin1'), new RegExp(`canary|${ada.id()}`))
      await ada.request('POST', '/', { word: 'second' })
      t.ok(await direct.pttl(key) > 50_000, 'a later write keeps the expiry')
      const old = ada.id()
      await ada.request('POST', '/new')
      t.not(ada.id(), old)
      t.equal(await direct.exists(key), 0, 'the old id is dead')
      t.strictSame((await ada.request('GET', '/')).json(), { word: 'second' })
      await ada.request('POST', '/end')
      t.strictSame(await direct.keys('*'), [])
      t.strictSame((await ada.request('GET', '/')).json(), { word: null })
    })

    t.test(`sessions by ${client}: a cookie without an end has an expiry too`, async (t) => {
      await direct.flushall()
      const { redis } = await connectStores(t, server, client)
      const ada = browser(await buildApp(t, redis, undefined, { maxAge: 100 }))
      await ada.request('POST', '/', { word: 'kept' })
      const [key = ''] = await direct.keys('*')
      const left = await direct.pttl(key)
      t.ok(left > 90_000 && left <= 100_000, `PTTL is ${left}`)
      t.strictSame((await ada.request('GET', '/')).json(), { word: 'kept' })
    })

    t.test(`sessions by ${client}: with the server away every request that needs it gets a 503 that says when to come back`, async (t) => {
      const { redis } = await connectStores(t, server, client, { timeLimit: 300 })
      t.teardown(() => server.resume())
      const app = await buildApp(t, redis)
      const ada = browser(app)
      await ada.request('POST', '/', { word: 'before' })
      server.pause()
      const answers = [await ada.request('GET', '/'), await browser(app).request('POST', '/', { word: 'unsaved' })]
      for (const answer of answers) {
        t.match(answer, { statusCode: 503, headers: { 'retry-after': '1' } })
        t.match(answer.json(), { code: 'FST_FLOW_STORE_UNAVAILABLE' })
      }
      t.match(await browser(app).request('GET', '/'), { statusCode: 200 }, 'who has no session does not need it')
      server.resume()
      t.strictSame((await ada.request('GET', '/')).json(), { word: 'before' })
    })
  }

  t.test('sessions: one that could not be written is not tried again while the error is answered', async (t) => {
    let writes = 0
    const client: RedisClient = {
      readFields: async () => [null],
      eval: async () => '0',
      evalSha: async (sha) => {
        if (sha === TIME_SCRIPT.sha) return '0'
        writes += 1
        throw new Error('Connection is closed.')
      }
    }
    const redis = new RedisConnection(client, { now: Date.now, clock: () => 0, randomBytes })
    t.equal((await browser(await buildApp(t, redis)).request('POST', '/', { word: 'unsaved' })).statusCode, 503)
    t.equal(writes, 1)
  })

  t.test('sessions: one that could not be written can be, once the error was answered', async (t) => {
    await direct.flushall()
    const clock = { time: 0, isAway: true }
    const real = adaptClient(direct)
    const client: RedisClient = {
      ...real,
      evalSha: async (...args) => {
        if (clock.isAway) throw new Error('Connection is closed.')
        return await real.evalSha(...args)
      }
    }
    const store = new RedisSessionStore(new RedisConnection(client, { now: Date.now, clock: () => clock.time, randomBytes }))
    const session = { cookie: {}, word: 'kept' }
    const save = async () => await new Promise<unknown>((resolve) => { store.set('held', session, resolve) })
    const away = { code: 'FST_FLOW_STORE_UNAVAILABLE' }
    t.match(await save(), away)
    clock.isAway = false
    clock.time = 299
    t.match(await save(), away, 'what is answered with 503 is not done')
    clock.time = 300
    t.equal(await save(), undefined)
    t.equal((await direct.keys('*')).length, 1)
    clock.isAway = true
    t.match(await save(), away)
    clock.isAway = false
    clock.time = 600
    t.equal(await save(), undefined, 'each failure is remembered as long')
  })

  t.test('sessions: what does not open or would change a prototype is not taken', async (t) => {
    await direct.flushall()
    const { redis } = await connectStores(t, server, 'ioredis', { sealKeys })
    const ada = browser(await buildApp(t, redis))
    await ada.request('POST', '/', { word: 'kept' })
    t.strictSame((await ada.request('GET', '/')).json(), { word: 'kept' })
    const [key = ''] = await direct.keys('*')
    await direct.hset(key, 'session', JSON.stringify({ cookie: {}, word: 'made up' }))
    t.strictSame((await ada.request('GET', '/')).json(), { word: null })

    const plain = new RedisSessionStore((await connectStores(t, server)).redis)
    const session = JSON.parse('{"cookie":{},"__proto__":{"word":"inherited"},"nested":{"__proto__":{"word":"inherited"}}}')
    await new Promise((resolve) => { plain.set('odd', session, resolve) })
    const read = await new Promise((resolve) => { plain.get('odd', (_error, found) => resolve(found)) })
    t.strictSame(read, { cookie: {}, nested: {} })
    t.throws(() => new RedisSessionStore(redis, { maxAge: 0 }), { code: 'FST_FLOW_OPTIONS' })
  })
}
