import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { adaptClient, type RedisClient } from '../../lib/redis/client.js'
import { RedisConnection, type RedisConnectionOptions } from '../../lib/redis/connection.js'
import { readScript, writeScript } from '../../lib/redis/script.js'
import { CLIENTS, connectStores, lookInto } from './clients.js'
import { hasRedis, RedisServer } from './server.js'

// Before the first test: a test that has ended takes no more teardowns.
const server = hasRedis(t) ? await RedisServer.start(t) : undefined

const SET = writeScript("redis.call('SET', KEYS[1], ARGV[1]) return 1")
const ECHO = readScript('return ARGV[1]')
const away = { code: 'FST_FLOW_STORE_UNAVAILABLE', statusCode: 503, headers: { 'retry-after': '1' } }

/** A connection over a client of which a test states some methods. */
function connectTo (stated: Partial<RedisClient>, options: Partial<RedisConnectionOptions> = {}): RedisConnection {
  const unused = async () => { throw new Error('not stated') }
  const client = { readFields: unused, evalSha: unused, eval: unused, ...stated }
  return new RedisConnection(client, { now: () => 0, randomBytes, ...options })
}

const failing = (message: string) => connectTo({ readFields: async () => { throw new Error(message) } })

t.test('clients: what is not known is refused, and so are limits that make no sense', async (t) => {
  t.throws(() => adaptClient(JSON.parse('{"get":1}')), { code: 'FST_FLOW_OPTIONS', message: /ioredis/ })
  t.throws(() => adaptClient(JSON.parse('null')), { code: 'FST_FLOW_OPTIONS' })
  for (const timeLimit of [0, NaN, 60_001]) t.throws(() => connectTo({}, { timeLimit }), { code: 'FST_FLOW_OPTIONS' })
  t.throws(() => connectTo({}, { sealKeys: [new Uint8Array(31)] }), { code: 'FST_FLOW_OPTIONS' })
})

t.test('faults: a store that cannot be used at the moment is one error, whatever the client says', async (t) => {
  for (const message of [
    'Connection is closed.', 'connect ECONNREFUSED 127.0.0.1:1', 'Socket closed unexpectedly', 'The client is closed',
    "OOM command not allowed when used memory > 'maxmemory'.", 'LOADING Redis is loading the dataset in memory',
    "READONLY You can't write against a read only replica.", 'BUSY Redis is busy running a script.',
    'MISCONF Redis is configured to save RDB snapshots', 'ERR max number of clients reached'
  ]) await t.rejects(failing(message).read('key', 'field'), away, message)
})

t.test('faults: what is wrong for good is not taken for something that passes', async (t) => {
  for (const message of ['WRONGTYPE Operation against a key', 'NOAUTH Authentication required.', 'ERR unknown command']) {
    await t.rejects(failing(message).read('key', 'field'), { message }, message)
  }
  const broken = connectTo({ readFields: async () => { throw new TypeError('a fault of the program') } })
  await t.rejects(broken.read('key', 'field'), TypeError)
})

t.test('time limit: a command without a reply has failed', async (t) => {
  const silent = connectTo({ readFields: async () => await new Promise(() => {}) }, { timeLimit: 20 })
  await t.rejects(silent.read('key', 'field'), { ...away, message: /no reply within 20 ms/ })
})

if (server !== undefined) {
  const direct = lookInto(t, server)

  for (const client of CLIENTS) {
    t.test(`scripts by ${client}: by their digest, and by their text where the server has forgotten them`, async (t) => {
      const { redis } = await connectStores(t, server, client)
      await direct.script('FLUSH')
      t.equal(await redis.run(SET, ['scripts'], ['one']), 1)
      t.equal(await redis.run(SET, ['scripts'], ['two']), 1)
      t.equal(await direct.get('scripts'), 'two')
      t.equal(await redis.ask(ECHO, [], ['text ü']), 'text ü')
      t.equal(await direct.call('SCRIPT', 'EXISTS', SET.sha).then(String), '1')
    })

    t.test(`paused server by ${client}: the write has failed, and is not done when the server goes on`, async (t) => {
      const { redis } = await connectStores(t, server, client)
      t.teardown(() => server.resume())
      await redis.run(SET, ['paused'], ['before'])
      server.pause()
      await t.rejects(redis.run(SET, ['paused'], ['during']), away)
      server.resume()
      t.equal(await redis.ask(ECHO, [], ['it goes on']), 'it goes on', 'on the connection that the late write was sent by')
      t.equal(await direct.get('paused'), 'before')
      await redis.run(SET, ['paused'], ['after'])
      t.equal(await direct.get('paused'), 'after', 'it recovers by itself')
    })

    t.test(`server that is gone, by ${client}: a write has failed, and is not done when the server is back`, async (t) => {
      const { redis } = await connectStores(t, server, client)
      await redis.run(SET, ['gone'], ['before'])
      await server.stop()
      await t.rejects(redis.run(SET, ['gone'], ['during']), away)
      await server.run()
      await eventually(t, async () => await redis.run(SET, ['back'], ['after']))
      t.equal(await direct.get('gone'), 'before', 'what was kept is there, what has failed is not')
    })
  }

  t.test('a clock of the server that was set is noticed: what is not late is done', async (t) => {
    let ahead = 0
    const { client } = await connectStores(t, server)
    const real = adaptClient(client)
    const redis = new RedisConnection({
      ...real,
      // The deadline as a server sees it whose clock has been put forward since it was measured.
      evalSha: async (sha, keys, args) => sha === SET.sha
        ? await real.evalSha(sha, keys, [String(Number(args[0]) - ahead), ...args.slice(1)])
        : Number(await real.evalSha(sha, keys, args)) + ahead
    }, { now: () => 0, randomBytes })
    await redis.run(SET, ['clock'], ['first'])
    ahead = 3_600_000
    await redis.run(SET, ['clock'], ['second'])
    t.equal(await direct.get('clock'), 'second')
  })

  t.test('cluster: what the clock is measured by names a key beside the others, and leaves nothing there', async (t) => {
    const { client } = await connectStores(t, server)
    const real = adaptClient(client)
    const asked: Array<readonly string[]> = []
    const noting: RedisClient = {
      readFields: real.readFields,
      evalSha: async (sha, keys, args) => {
        asked.push(keys)
        return await real.evalSha(sha, keys, args)
      },
      eval: async (script, keys, args) => {
        asked.push(keys)
        return await real.eval(script, keys, args)
      }
    }
    const redis = new RedisConnection(noting, { now: () => 0, randomBytes, keyPrefix: '{cluster}:' })
    await direct.script('FLUSH')
    await redis.run(SET, [redis.key('kept')], ['value'])
    t.equal(asked.length, 4, 'the time and the write, each by its digest and by its text')
    t.strictSame(asked.filter((keys) => keys.length === 0 || !keys.every((key) => key.startsWith('{cluster}:'))), [])
    t.strictSame(await direct.keys('{cluster}:*'), ['{cluster}:kept'])
  })

  t.test('full server: a write is refused as a whole, what is kept can be read, and room makes it good', async (t) => {
    const full = await RedisServer.start(t, '--maxmemory', '100mb', '--maxmemory-policy', 'noeviction')
    const look = lookInto(t, full)
    const { redis } = await connectStores(t, full)
    const REPLACE = writeScript("redis.call('DEL', KEYS[1]) redis.call('SET', KEYS[1], ARGV[1]) return 1")
    await redis.run(REPLACE, ['kept'], ['before'])
    await look.config('SET', 'maxmemory', '1mb')
    await t.rejects(redis.run(REPLACE, ['kept'], ['during']), { ...away, message: /OOM/ })
    t.equal(await look.get('kept'), 'before', 'the deletion that goes before the write was not done either')
    t.equal(await redis.ask(ECHO, [], ['reads go on']), 'reads go on')
    await look.config('SET', 'maxmemory', '100mb')
    await redis.run(REPLACE, ['kept'], ['after'])
    t.equal(await look.get('kept'), 'after')
  })
}

/** Tries until it succeeds: how soon a client connects again is its own affair. */
async function eventually (t: Test, task: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await task()
      return
    } catch (error) {
      t.match(error, away)
    }
  }
}
