import { hash } from '@node-rs/argon2'
import t from 'tap'
import { MemoryConsumedStore } from '../../lib/consumed/memory-consumed-store.js'
import { Sensitive } from '../../lib/context/sensitive.js'
import { StoreUnavailableError } from '../../lib/errors.js'
import type { Group } from '../../lib/model/group.js'
import type { UserSeed } from '../../lib/model/user.js'
import { MemoryUserStore, type MemoryUserStoreOptions } from '../../lib/users/memory-user-store.js'
import { needsRehash } from '../../lib/users/password-hash.js'
import { makeSeed, testUserStore } from './user-store-suite.js'

function makeStore (
  users: readonly UserSeed[] = [], groups: readonly Group[] = [], options: Partial<MemoryUserStoreOptions> = {}
) {
  const clock = { now: Date.UTC(2024, 8, 1) }
  let ids = 0
  const store = new MemoryUserStore({
    groups,
    users,
    now: () => clock.now,
    newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    ...options
  })
  return { store, clock }
}

t.test('users in memory', async (t) => {
  await testUserStore(t, async (users, groups) => makeStore(users, groups), 100)
})

t.test('devices: with a store of what was used, a code that was taken in one process is taken in all', async (t) => {
  const consumed = new MemoryConsumedStore({ now: () => 0 })
  // Two stores that know nothing of one another but the same users, as two processes have them.
  const stores = [1, 2].map(() => makeStore([makeSeed('ann'), makeSeed('bob')], [], { consumed }).store)
  const codes = [new Sensitive('one'), new Sensitive('two')]
  const devices = stores.map((store) => ({
    store,
    app: store.addDevice(1, { type: 'totp', name: 'Phone', seed: new Sensitive('JBSWY3DPEHPK3PXP'), digits: 6 }),
    codes: store.addDevice(1, { type: 'static', name: 'Codes', tokens: codes })
  }))
  const steps = await Promise.all(devices.map(async ({ store, app }) => await store.useTotpStep(1, app.pk, 10)))
  t.strictSame(steps, [true, false])
  const tokens = await Promise.all(devices.map(async ({ store, codes }) => await store.useStaticToken(1, codes.pk, new Sensitive('one'))))
  t.strictSame(tokens, [true, false])
  const [, second] = stores
  const other = second?.addDevice(2, { type: 'totp', name: 'Phone', seed: new Sensitive('JBSWY3DPEHPK3PXP'), digits: 6 })
  t.equal(await second?.useTotpStep(2, other?.pk ?? '', 10), true, "another user's code is another code")
})

t.test('devices: a code is not used up where the others could not be asked, and never used up twice', async (t) => {
  const shared = new MemoryConsumedStore({ now: () => 0 })
  let isAway = false
  const asked = <T>(answer: () => T): T => {
    if (isAway) throw new StoreUnavailableError('the test says so')
    return answer()
  }
  const consumed = {
    useStep: (device: string, step: number) => asked(() => shared.useStep(device, step)),
    useToken: async (token: string) => asked(() => shared.useToken(token))
  }
  const [here, elsewhere] = [1, 2].map(() => {
    const { store } = makeStore([makeSeed('ann')], [], { consumed })
    const app = store.addDevice(1, { type: 'totp', name: 'Phone', seed: new Sensitive('JBSWY3DPEHPK3PXP'), digits: 6 }).pk
    const codes = store.addDevice(1, { type: 'static', name: 'Codes', tokens: [new Sensitive('one'), new Sensitive('two')] }).pk
    return {
      step: async (step: number, key: string) => await store.useTotpStep(1, app, step, key),
      token: async (token: string, key: string) => await store.useStaticToken(1, codes, new Sensitive(token), key)
    }
  })
  if (here === undefined || elsewhere === undefined) throw new Error('there are two stores')
  t.strictSame([await elsewhere.step(10, 'owner'), await elsewhere.token('one', 'owner')], [true, true])
  isAway = true
  const away = { code: 'FST_FLOW_STORE_UNAVAILABLE' }
  for (const step of [10, 11]) await t.rejects(here.step(step, 'key'), away)
  for (const token of ['one', 'two']) await t.rejects(here.token(token, 'key'), away)
  isAway = false
  t.strictSame([await here.step(10, 'key'), await here.token('one', 'key')], [false, false], 'what was used elsewhere is not good here')
  t.strictSame([await here.step(10, 'key'), await here.token('one', 'key')], [false, false], 'nor when it is tried again')
  t.strictSame([await here.step(11, 'key'), await here.token('two', 'key')], [true, true], 'what was not used is good')
  t.strictSame([await here.step(11, 'key'), await here.token('two', 'key')], [true, true], 'once for each key')
  t.strictSame([await here.step(11, 'other'), await here.token('two', 'other')], [false, false])
})

t.test('passwords: one that is changed while it is checked is no longer good', async (t) => {
  const { store } = makeStore([makeSeed('ann', { password: 'old' })])
  await store.ready()
  const check = store.verifyPassword(store.get(1), new Sensitive('old'))
  await store.ready() // The check waits for the same and goes first: it has the old hash in hand by now.
  const change = store.setPassword(1, null)
  t.strictSame([await check, (await change).hasUsablePassword], [false, false])
})

const WEAK = { memoryCost: 1024, timeCost: 1, parallelism: 1 }

t.test('passwords: a hash with parameters of the past is taken over, and renewed by the next right password only', async (t) => {
  const { store, clock } = makeStore([makeSeed('ann', { password: 'from the seed' })])
  const weak = await hash('old secret', WEAK)
  const ann = await store.adoptPasswordHash(1, weak)
  t.equal(ann.hasUsablePassword, true)
  t.equal(ann.passwordChangeDate, store.get(1)?.passwordChangeDate)
  t.equal(await store.verifyPassword(ann, new Sensitive('from the seed')), false, 'the seed is gone')
  t.equal(store.passwordHash(1), weak, 'a wrong password renews nothing')
  clock.now += 1000
  t.equal(await store.verifyPassword(ann, new Sensitive('old secret')), true)
  t.equal(await needsRehash(store.passwordHash(1) ?? ''), false)
  t.strictSame(store.get(1), ann, 'the user is as it was, the date of the last change included')
  t.equal(await store.verifyPassword(ann, new Sensitive('old secret')), true, 'and the renewed hash is of the same password')
  t.equal(await store.verifyPassword(ann, new Sensitive('other')), false)
})

t.test('passwords: one that is changed while its hash is renewed stays changed', async (t) => {
  const { store } = makeStore([makeSeed('ann')])
  const ann = await store.adoptPasswordHash(1, await hash('old', WEAK))
  const checked = store.verifyPassword(ann, new Sensitive('old'))
  await store.setPassword(1, new Sensitive('new'))
  await checked
  t.equal(await store.verifyPassword(ann, new Sensitive('new')), true)
  t.equal(await store.verifyPassword(ann, new Sensitive('old')), false)
})

t.test('passwords: what is no hash is not taken over', async (t) => {
  const { store } = makeStore([makeSeed('ann', { password: 'kept' })])
  await t.rejects(store.adoptPasswordHash(1, 'in clear'), { code: 'FST_FLOW_OPTIONS', message: /argon2 in PHC form/ })
  await t.rejects(store.adoptPasswordHash(9, await hash('x', WEAK)), { code: 'FST_FLOW_USER_NOT_FOUND' })
  t.equal(await store.verifyPassword(store.get(1), new Sensitive('kept')), true)
})

t.test('passwords: no seed comes back for a user that changed it while the seeds were hashed', async (t) => {
  const { store } = makeStore([makeSeed('ann', { password: 'seed' })])
  const hashing = store.ready()
  await store.setPassword(1, null)
  await hashing
  t.equal(await store.verifyPassword(store.get(1), new Sensitive('seed')), false)
})
