import { createHash } from 'node:crypto'
import t from 'tap'
import { RedisRunStore } from '../../lib/redis/run-store.js'
import { makeState } from '../runs/run-state.js'
import { testRunStore } from '../runs/run-store-suite.js'
import { CLIENTS, connectStores, lookInto } from './clients.js'
import { losingProxy } from './proxy.js'
import { hasRedis, RedisServer } from './server.js'

const key = (fill: number) => new Uint8Array(32).fill(fill)

if (hasRedis(t)) {
  const server = await RedisServer.start(t)
  const direct = lookInto(t, server)

  for (const client of CLIENTS) {
    for (const sealKeys of [undefined, [key(1)]]) {
      const name = `${client}, ${sealKeys === undefined ? 'in clear' : 'encrypted'}`
      t.test(`run store by ${name}`, async (t) => {
        const { redis, clock } = await connectStores(t, server, client, sealKeys === undefined ? {} : { sealKeys })
        await testRunStore(t, async () => {
          await direct.flushall()
          return { store: new RedisRunStore(redis), clock }
        })
      })

      t.test(`runs by ${name}: they expire, and their keys do not show what they are of`, async (t) => {
        await direct.flushall()
        const { redis, clock } = await connectStores(t, server, client, sealKeys === undefined ? {} : { sealKeys })
        const store = new RedisRunStore(redis)
        await store.create('the-id-of-a-run', makeState({ expiresAt: clock.time + 60_000, query: 'canary-query' }))
        const [stored = ''] = await direct.keys('*')
        t.equal(stored, `flows:run:${createHash('sha256').update('["the-id-of-a-run"]').digest('base64url')}`)
        const left = await direct.pttl(stored)
        t.ok(left > 50_000 && left <= 60_000, `PTTL is ${left}`)
        await store.compareAndSet('the-id-of-a-run', 1, makeState({ expiresAt: clock.time + 120_000, query: 'canary-query' }))
        t.ok(await direct.pttl(stored) > 110_000, 'a write sets the new expiry')
        const dump = (await direct.dumpBuffer(stored)).toString('latin1') + JSON.stringify(await direct.hgetall(stored))
        t.equal(dump.includes('canary-query'), sealKeys === undefined)
        t.notMatch(dump, 'the-id-of-a-run')
      })
    }
  }

  t.test('runs: what this process has written last is recalled, and nothing else', async (t) => {
    await direct.flushall()
    const { redis, clock } = await connectStores(t, server, 'ioredis')
    const [store, other] = [new RedisRunStore(redis), new RedisRunStore(redis)]
    const state = makeState({ expiresAt: clock.time + 100_000 })
    t.equal(store.recall('a'), undefined)
    await store.create('a', state)
    t.match(store.recall('a'), { revision: 1, state, age: Number })
    t.equal(store.recall('a')?.write, (await store.load('a'))?.write)
    t.equal(other.recall('a'), undefined, 'another process has not written it')
    await other.load('a')
    t.equal(other.recall('a'), undefined, 'nor by looking at it')
    await other.compareAndSet('a', 1, { ...state, query: 'new' })
    t.match(store.recall('a'), { revision: 1 }, 'nobody tells of it')
    t.equal(await store.compareAndSet('a', 1, { ...state, query: 'late' }), false)
    t.equal(store.recall('a'), undefined, 'who has heard that it was moved forgets it')
    await other.delete('a')
    t.equal(other.recall('a'), undefined)
  })

  t.test('runs: another one in its place is not written over, though it is at the same revision', async (t) => {
    await direct.flushall()
    const { redis, clock } = await connectStores(t, server, 'ioredis')
    const [store, other] = [new RedisRunStore(redis), new RedisRunStore(redis)]
    const state = makeState({ expiresAt: clock.time + 100_000 })
    await store.create('a', state)
    const recalled = store.recall('a')
    await other.delete('a')
    await other.create('a', { ...state, id: 'another' })
    t.equal(await store.compareAndSet('a', 1, state, recalled?.write), false)
    const loaded = await store.load('a')
    t.match(loaded, { revision: 1, state: { id: 'another' } })
    t.equal(await store.compareAndSet('a', 1, state, loaded?.write), true)
  })

  t.test('runs: a write whose reply is lost, so that the client sends it again, is done once and known to be', async (t) => {
    await direct.flushall()
    const { proxy, loseNext } = await losingProxy(t, server.port)
    const { redis, clock } = await connectStores(t, proxy, 'ioredis')
    const store = new RedisRunStore(redis)
    const state = makeState({ expiresAt: clock.time + 100_000 })
    await store.create('b', state)
    loseNext()
    t.equal(await store.create('a', state), true)
    loseNext()
    t.equal(await store.compareAndSet('a', 1, { ...state, query: 'new' }), true)
    t.match(await store.load('a'), { revision: 2, state: { query: 'new' } })
  })

  t.test('runs: of many only those that were written last are recalled', async (t) => {
    await direct.flushall()
    const { redis, clock } = await connectStores(t, server, 'ioredis')
    const store = new RedisRunStore(redis)
    const state = makeState({ expiresAt: clock.time + 100_000, query: 'x'.repeat(3 * 1024 * 1024) })
    for (const id of ['a', 'b', 'c']) await store.create(id, state)
    t.same(['a', 'b', 'c'].map((id) => store.recall(id)?.revision), [undefined, 1, 1])
  })

  t.test('encrypted runs: keys rotate, and what was altered, moved or sealed with a key that is gone does not open', async (t) => {
    await direct.flushall()
    const connect = async (...sealKeys: Uint8Array[]) => new RedisRunStore((await connectStores(t, server, 'ioredis', { sealKeys })).redis)
    const [old, both, fresh] = [await connect(key(1)), await connect(key(2), key(1)), await connect(key(2))]
    const state = makeState({ expiresAt: Date.UTC(2025, 0, 1) })
    await old.create('a', state)
    t.match(await both.load('a'), { revision: 1 })
    await t.rejects(fresh.load('a'), { code: 'FST_FLOW_SEAL' })
    await both.compareAndSet('a', 1, { ...state, query: 'second' })
    t.match(await fresh.load('a'), { revision: 2, state: { query: 'second' } })
    await t.rejects(old.load('a'), { code: 'FST_FLOW_SEAL' })

    const [stored = ''] = await direct.keys('*')
    const box = await direct.hget(stored, 'state') ?? ''
    await direct.hset(stored, 'revision', '3')
    await t.rejects(fresh.load('a'), { code: 'FST_FLOW_SEAL' }, 'a state is that of its revision')
    await direct.hset(stored, 'revision', '2', 'state', JSON.stringify(state))
    await t.rejects(fresh.load('a'), { code: 'FST_FLOW_SEAL' }, 'nobody can put a state in that is not encrypted')
    await fresh.create('b', state)
    const [other = ''] = (await direct.keys('*')).filter((name) => name !== stored)
    await direct.hset(other, 'revision', '2', 'state', box)
    await t.rejects(fresh.load('b'), { code: 'FST_FLOW_SEAL' }, 'a state is that of its run')
  })
}
