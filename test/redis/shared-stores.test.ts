import { randomBytes, randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import t from 'tap'
import { RedisAttemptStore } from '../../lib/redis/attempt-store.js'
import { RedisConnection } from '../../lib/redis/connection.js'
import { RedisConsumedStore } from '../../lib/redis/consumed-store.js'
import { RedisReputationStore } from '../../lib/redis/reputation-store.js'
import { RedisRunStore } from '../../lib/redis/run-store.js'
import { RedisSessionStore } from '../../lib/redis/session-store.js'
import { RedisSignInStore } from '../../lib/redis/sign-in-store.js'
import { RedisUserStore } from '../../lib/redis/user-store.js'
import { attemptStoreSuite } from '../attempts/attempt-store-suite.js'
import { testConsumedStore } from '../consumed/consumed-store-suite.js'
import { makeState } from '../runs/run-state.js'
import { testSignInStore } from '../sign-in/sign-in-store-suite.js'
import { testReputationStore } from '../users/reputation-store-suite.js'
import { newUser } from '../users/user-store-suite.js'
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

  t.test('reputation: a score that is kept for ever has no expiry, not even the one that it had', async (t) => {
    await direct.flushall()
    const { redis } = await connectStores(t, server)
    await new RedisReputationStore(redis, { expiry: 60 }).adjust('ada', '192.0.2.1', -1)
    await new RedisReputationStore(redis, { expiry: Infinity }).adjust('ada', '192.0.2.1', -1)
    t.strictSame((await expiries()).map(({ left }) => left), [-1, -1, -1])
    await new RedisReputationStore(redis, { expiry: 60 }).adjust('ada', '192.0.2.1', -1)
    t.ok((await expiries()).every(({ left }) => left > 0))
  })

  t.test('full server: sign-ins, sessions, runs and users can be ended, and nothing else is written', async (t) => {
    const full = await RedisServer.start(t, '--maxmemory', '100mb', '--maxmemory-policy', 'noeviction')
    const look = lookInto(t, full)
    const { redis, clock } = await connectStores(t, full)
    const [signIns, sessions, runs] = [new RedisSignInStore(redis), new RedisSessionStore(redis), new RedisRunStore(redis)]
    const users = new RedisUserStore(redis, { users: [], groups: [], newId: randomUUID, randomBytes })
    const record = { user: 1, signedInAt: clock.time, expiresAt: clock.time + 100_000, passwordChangeDate: '' }
    for (const id of ['one', 'two', 'three']) await signIns.create(id, record)
    const set = promisify((id: string, done: (error?: unknown) => void) => sessions.set(id, { cookie: {} }, done))
    await set('session')
    await runs.create('run', makeState({ expiresAt: clock.time + 100_000 }))
    const { pk } = await users.create(newUser('ann'))
    await look.config('SET', 'maxmemory', '1mb')
    await signIns.delete('one')
    await signIns.deleteAllOf(1)
    await promisify((id: string, done: (error?: unknown) => void) => sessions.destroy(id, done))('session')
    await runs.delete('run')
    await users.delete(pk)
    t.strictSame(await look.keys('*'), ['flows:user-counters'], 'nothing is left but the numbers that are not given twice')
    const refusal = { code: 'FST_FLOW_STORE_UNAVAILABLE', message: /OOM/ }
    await t.rejects(signIns.create('four', record), refusal)
    await t.rejects(set('other'), refusal)
    await t.rejects(runs.create('other', makeState({ expiresAt: clock.time + 100_000 })), refusal)
    await t.rejects(users.create(newUser('bob')), refusal)
    t.equal((await look.keys('*')).length, 1)
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
