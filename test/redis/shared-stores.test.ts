import { randomBytes } from 'node:crypto'
import t from 'tap'
import { RedisAttemptStore } from '../../lib/redis/attempt-store.js'
import { RedisConnection } from '../../lib/redis/connection.js'
import { RedisConsumedStore } from '../../lib/redis/consumed-store.js'
import { RedisReputationStore } from '../../lib/redis/reputation-store.js'
import { RedisSignInStore } from '../../lib/redis/sign-in-store.js'
import { attemptStoreSuite } from '../attempts/attempt-store-suite.js'
import { testConsumedStore } from '../consumed/consumed-store-suite.js'
import { testSignInStore } from '../sign-in/sign-in-store-suite.js'
import { testReputationStore } from '../users/reputation-store-suite.js'
import { CLIENTS, connectClient, connectStores, lookInto } from './clients.js'
import { hasRedis, RedisServer } from './server.js'

const sealKeys = [new Uint8Array(32).fill(1)]

if (hasRedis(t)) {
  const server = await RedisServer.start(t)
  const direct = lookInto(t, server)

  /** Every key that is there, with the milliseconds that it has left. */
  const expiries = async () => {
    const keys = await direct.keys('*')
    return await Promise.all(keys.map(async (key) => ({ key, left: await direct.pttl(key) })))
  }

  for (const client of CLIENTS) {
    t.test(`sign-ins by ${client}`, async (t) => {
      const { redis, clock } = await connectStores(t, server, client, { sealKeys })
      await testSignInStore(t, async () => {
        await direct.flushall()
        return { store: new RedisSignInStore(redis), clock }
      })
    })

    t.test(`reputation by ${client}`, async (t) => {
      const { redis, clock } = await connectStores(t, server, client)
      await testReputationStore(t, async (bounds) => {
        await direct.flushall()
        return { store: new RedisReputationStore(redis, bounds), clock }
      }, 20)
    })

    const attempts = await connectClient(t, server, client)
    attemptStoreSuite(t, `attempts by ${client}`, async (_t, now) => {
      await direct.flushall()
      return new RedisAttemptStore(new RedisConnection(attempts, { now, randomBytes }))
    }, 20)

    t.test(`what was used, by ${client}`, async (t) => {
      const { redis } = await connectStores(t, server, client)
      await testConsumedStore(t, async () => {
        await direct.flushall()
        return new RedisConsumedStore(redis)
      })
    })
  }

  t.test('sign-ins: they expire, the index with the last of them, and it keeps nothing of those that are gone', async (t) => {
    await direct.flushall()
    const { redis, clock } = await connectStores(t, server)
    const store = new RedisSignInStore(redis)
    const lasting = (lasts: number) => ({ user: 'ada@example.com', signedInAt: clock.time, expiresAt: clock.time + lasts, passwordChangeDate: '' })
    await store.create('long', lasting(900_000))
    await store.create('short', lasting(100_000))
    const kept = await expiries()
    t.equal(kept.length, 3)
    t.notMatch(JSON.stringify(kept), /ada|long|short/)
    t.ok(kept.every(({ left }) => left > 0), 'everything expires')
    const index = kept.find(({ key }) => key.includes('sign-ins-of'))
    t.ok(index !== undefined && index.left > 800_000, 'the index lives as long as the last sign-in')
    clock.time += 100_000
    await store.create('next', lasting(100_000))
    t.equal(await direct.zcard(index?.key ?? ''), 2, 'what is over is taken out')
    await store.delete('next')
    t.equal(await direct.zcard(index?.key ?? ''), 1)
    for (let many = 0; many < 22; many++) {
      await Promise.all(Array.from({ length: 50 }, async (_, one) => await store.create(`${many} ${one}`, lasting(500_000))))
    }
    await store.deleteAllOf('ada@example.com')
    t.equal((await direct.keys('*')).length, 1, 'nothing is left but a record that is over, which goes by itself')
  })

  t.test('sign-ins: a record that does not open signs nobody in', async (t) => {
    await direct.flushall()
    const { redis, clock } = await connectStores(t, server, 'ioredis', { sealKeys })
    const store = new RedisSignInStore(redis)
    const record = { user: 1, signedInAt: clock.time, expiresAt: clock.time + 100_000, passwordChangeDate: '' }
    await store.create('a', record)
    const [key = ''] = (await direct.keys('*')).filter((name) => name.includes('sign-in:'))
    await direct.hset(key, 'record', JSON.stringify({ ...record, user: 2 }))
    t.equal(await store.load('a'), undefined)
  })

  t.test('reputation, used codes and attempts expire, and show nobody', async (t) => {
    await direct.flushall()
    const { redis } = await connectStores(t, server)
    await new RedisReputationStore(redis, { expiry: 60 }).adjust('ada@example.com', '192.0.2.1', -1)
    const consumed = new RedisConsumedStore(redis, { tokenAge: 100 })
    await consumed.useStep('canary-device', 1)
    await consumed.useToken('canary-token')
    await new RedisAttemptStore(redis).take('canary-attempt', { max: 1, window: 5000 })
    const kept = await expiries()
    t.equal(kept.length, 6)
    t.ok(kept.every(({ left }) => left > 0 && left <= 86_400_000))
    const dumps = await Promise.all(kept.map(async ({ key }) => key + (await direct.dumpBuffer(key)).toString('latin1')))
    t.notMatch(dumps.join(), /ada@|192\.0|canary/)
    t.throws(() => new RedisConsumedStore(redis, { tokenAge: 0 }), { code: 'FST_FLOW_OPTIONS' })
  })
}
