import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { Sensitive } from '../../lib/context/sensitive.js'
import type { UserSeed } from '../../lib/model/user.js'
import { RedisUserStore } from '../../lib/redis/user-store.js'
import { makeSeed, newUser, testUserStore } from '../users/user-store-suite.js'
import { CLIENTS, connectStores, lookInto, type ClientName } from './clients.js'
import { hasRedis, RedisServer } from './server.js'

const sealKeys = [new Uint8Array(32).fill(1)]

if (hasRedis(t)) {
  const server = await RedisServer.start(t)
  const direct = lookInto(t, server)

  /** A process of its own: another connection to the same users. */
  const connect = async (t: Test, users: readonly UserSeed[] = [], client: ClientName = 'ioredis') => {
    const { redis, clock } = await connectStores(t, server, client, { sealKeys })
    let ids = 0
    const newId = () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`
    return { redis, clock, make: (groups = []) => new RedisUserStore(redis, { users, groups, newId, randomBytes }) }
  }

  for (const client of CLIENTS) {
    t.test(`users by ${client}`, async (t) => {
      const { redis, clock } = await connectStores(t, server, client, { sealKeys })
      const start = clock.time
      await testUserStore(t, async (users = [], groups = []) => {
        await direct.flushall()
        let ids = 0
        const newId = () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`
        const store = new RedisUserStore(redis, { users, groups, newId, randomBytes })
        clock.time = start
        await store.ready()
        return { store, clock: { get now () { return clock.time }, set now (time) { clock.time = time } } }
      }, 8)
    })
  }

  t.test('users: processes that start at the same time define each user once, and later ones leave them as they are', async (t) => {
    await direct.flushall()
    const seeds = ['ann', 'bob', 'cy'].map((name) => makeSeed(name, { password: `${name} secret` }))
    const stores = await Promise.all([1, 2, 3, 4].map(async () => (await connect(t, seeds)).make()))
    await Promise.all(stores.map(async (store) => await store.ready()))
    const [first, second] = stores
    if (first === undefined || second === undefined) throw new Error('there are four')
    const find = async (store: RedisUserStore, value: string) => await store.find({ fields: ['username'], value, caseInsensitive: true })
    const ann = await find(first, 'ann')
    t.strictSame(await find(second, 'ann'), ann)
    t.equal(await second.verifyPassword(ann, new Sensitive('ann secret')), true)
    await first.setPassword(ann?.pk ?? 0, new Sensitive('changed'))
    const bob = await find(first, 'bob')
    await first.delete(bob?.pk ?? 0)
    const late = (await connect(t, seeds)).make()
    await late.ready()
    t.equal(await late.verifyPassword(ann, new Sensitive('changed')), true)
    t.equal(await late.verifyPassword(ann, new Sensitive('ann secret')), false)
    t.equal(await find(late, 'bob'), undefined, 'who was deleted is not defined again')
  })

  t.test('users: of many at once one gets a username, and no change of a user is lost', async (t) => {
    await direct.flushall()
    const stores = await Promise.all([1, 2, 3, 4].map(async () => (await connect(t)).make()))
    const made = await Promise.allSettled(stores.map(async (store, number) => await store.create(newUser(number % 2 === 0 ? 'ann' : 'ANN'))))
    const created = made.flatMap((one) => one.status === 'fulfilled' ? [one.value] : [])
    t.equal(created.length, 1)
    for (const one of made) if (one.status === 'rejected') t.match(one.reason, { code: 'FST_FLOW_USERNAME_TAKEN' })
    const pk = created[0]?.pk ?? 0
    const [one, two, three, four] = stores
    await Promise.all([
      one?.update(pk, { name: 'Ann' }), two?.update(pk, { email: 'ann@example.com' }), three?.update(pk, { isActive: false }),
      four?.setPassword(pk, new Sensitive('secret'))
    ])
    const ann = await one?.get(pk)
    t.match(ann, { name: 'Ann', email: 'ann@example.com', isActive: false, hasUsablePassword: true })
    t.equal(await two?.verifyPassword(ann, new Sensitive('secret')), true)
  })

  t.test('users: what is stored shows nobody', async (t) => {
    await direct.flushall()
    const store = (await connect(t)).make()
    const { pk } = await store.create({ ...newUser('canary-name'), email: 'canary@example.com', attributes: { upn: 'canary-upn' } })
    await store.setPassword(pk, new Sensitive('canary-password'))
    await store.addDevice(pk, { type: 'totp', name: 'canary-phone', seed: new Sensitive('JBSWY3DPEHPK3PXP'), digits: 6 })
    await store.addDevice(pk, { type: 'static', name: 'canary-codes', tokens: [new Sensitive('canary-code')] })
    await store.saveConsent(pk, { application: 'wiki', permissions: ['canary-permission'], expiresAt: null })
    const keys = await direct.keys('*')
    const dumps = await Promise.all(keys.map(async (key) => key + (await direct.dumpBuffer(key)).toString('latin1')))
    t.notMatch(dumps.join(), /canary|JBSWY3DP|argon2/)
    const [hash = ''] = keys.filter((key) => key.includes('user:'))
    await direct.hset(hash, 'profile', '{"pk":1,"username":"root"}')
    await t.rejects(store.get(pk), { code: 'FST_FLOW_SEAL' }, 'nobody can put a profile in')
  })

  t.test('users: a hash with parameters of the past is renewed at the next sign-in', async (t) => {
    await direct.flushall()
    const { redis, make } = await connect(t)
    const store = make()
    const ann = await store.create(newUser('ann'))
    const { hash } = await import('@node-rs/argon2')
    const [key = ''] = (await direct.keys('*')).filter((name) => name.includes('user:'))
    const weak = redis.encode(await hash('secret', { memoryCost: 1024, timeCost: 1 }), `password ${ann.pk}`)
    await direct.hset(key, 'password', weak)
    t.equal(await store.verifyPassword(ann, new Sensitive('wrong')), false)
    t.equal(await direct.hget(key, 'password'), weak)
    t.equal(await store.verifyPassword(ann, new Sensitive('secret')), true)
    const renewed = await direct.hget(key, 'password') ?? ''
    t.match(redis.jsonOf(renewed, `password ${ann.pk}`), /m=19456,t=2/)
    t.equal(await store.verifyPassword(ann, new Sensitive('secret')), true)
  })
}
