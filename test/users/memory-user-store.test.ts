import { hash } from '@node-rs/argon2'
import fc from 'fast-check'
import t from 'tap'
import { Sensitive } from '../../lib/context/sensitive.js'
import type { Group } from '../../lib/model/group.js'
import { derivedKey } from '../../lib/model/keys.js'
import type { UserSeed } from '../../lib/model/user.js'
import { MemoryUserStore } from '../../lib/users/memory-user-store.js'
import { needsRehash } from '../../lib/users/password-hash.js'
import type { UserQuery } from '../../lib/users/user-store.js'

function makeGroup (name: string, stated: Partial<Group> = {}): Group {
  return { pk: derivedKey('test.group', name), name, isSuperuser: false, parent: null, attributes: {}, ...stated }
}

function makeSeed (username: string, stated: Partial<UserSeed> = {}): UserSeed {
  const uuid = derivedKey('test.user', username)
  return { uuid, username, name: '', email: '', password: null, isActive: true, groups: [], attributes: {}, ...stated }
}

function makeStore (users: readonly UserSeed[] = [], groups: readonly Group[] = []) {
  const clock = { now: Date.UTC(2024, 8, 1) }
  let ids = 0
  const store = new MemoryUserStore({
    groups,
    users,
    now: () => clock.now,
    newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length))
  })
  return { store, clock }
}

const newUser = (username: string) =>
  ({ username, name: '', email: '', isActive: true, attributes: {}, groups: [] })

const query = (value: string, stated: Partial<UserQuery> = {}): UserQuery =>
  ({ fields: ['username', 'email', 'upn'], value, caseInsensitive: true, ...stated })

t.test('seeds: keys count up, the uuid is the stated one, and nothing can be changed', async (t) => {
  const { store } = makeStore([
    makeSeed('ann', { name: 'Ann', email: 'ann@example.com', attributes: { a: { list: [1], bytes: new Uint8Array(2) } } }),
    makeSeed('bob', { isActive: false })
  ])
  const ann = store.get(1)
  t.match(ann, { pk: 1, uuid: derivedKey('test.user', 'ann'), name: 'Ann', isActive: true, isSuperuser: false, groups: [] })
  t.match(store.get(2), { pk: 2, username: 'bob', isActive: false, passwordChangeDate: '2024-09-01T00:00:00.000Z' })
  t.equal(store.get(3), undefined)
  t.throws(() => Object.assign(ann?.attributes.a ?? {}, { list: [] }), TypeError)
  t.throws(() => Object.assign(ann ?? {}, { isSuperuser: true }), TypeError)
})

t.test('seeds: a username twice and an unknown group are refused by name', async (t) => {
  t.throws(() => makeStore([makeSeed('ann'), makeSeed('Ann')]),
    { code: 'FST_FLOW_DEFINITION', message: /^User 'Ann': another user has this username/ })
  t.throws(() => makeStore([makeSeed('ann', { groups: [makeGroup('gone').pk] })]),
    { code: 'FST_FLOW_DEFINITION', message: /^User 'ann': groups: there is no group/ })
})

t.test('find: by any of the fields asked for, with and without regard to case', async (t) => {
  const { store } = makeStore([
    makeSeed('Ann', { email: 'Ann@Example.com', attributes: { upn: 'ann@corp' } }),
    makeSeed('bob', { attributes: { upn: 7 } })
  ])
  t.equal(store.find(query('aNN'))?.pk, 1)
  t.equal(store.find(query('ann@example.COM'))?.pk, 1)
  t.equal(store.find(query('ANN@corp'))?.pk, 1)
  t.equal(store.find(query('ann', { caseInsensitive: false })), undefined)
  t.equal(store.find(query('Ann', { caseInsensitive: false }))?.pk, 1)
  t.equal(store.find(query('Ann', { fields: ['email'] })), undefined)
  t.equal(store.find(query('Ann', { fields: [] })), undefined)
  t.equal(store.find(query('')), undefined, 'a blank field identifies nobody')
  t.equal(store.find(query('7')), undefined)
})

t.test('find: a shared value stays with whoever had it first', async (t) => {
  const { store } = makeStore([makeSeed('ann'), makeSeed('bob', { email: 'shared@example.com' })])
  store.update(1, { email: 'shared@example.com' })
  t.equal(store.find(query('shared@example.com'))?.pk, 2)
  store.update(2, { name: 'Bob' })
  t.equal(store.find(query('shared@example.com'))?.pk, 2, 'a change of something else keeps the place')
  store.update(2, { email: 'other@example.com' })
  t.equal(store.find(query('shared@example.com'))?.pk, 1)
  store.create({ ...newUser('shared@example.com') })
  t.equal(store.find(query('shared@example.com'))?.pk, 1, 'nobody takes it over by naming himself so')
})

t.test('find: agrees with a search through all users after any changes', async () => {
  const name = fc.constantFrom('a', 'A', 'b', 'B', 'c', 'a@x', 'A@x')
  const change = fc.record({ pk: fc.integer({ min: 1, max: 4 }), email: name, upn: name, gone: fc.boolean() })
  fc.assert(fc.property(fc.array(change, { maxLength: 12 }), name, fc.boolean(), (changes, value, caseInsensitive) => {
    const { store } = makeStore(['u1', 'u2', 'u3', 'u4'].map((username) => makeSeed(username)))
    for (const { pk, email, upn, gone } of changes) {
      if (gone) store.delete(pk)
      else if (store.get(pk) !== undefined) store.update(pk, { email, attributes: { upn } })
    }
    const fold = (text: unknown) => caseInsensitive ? String(text).toLowerCase() : text
    const holders = [1, 2, 3, 4].filter((pk) => {
      const user = store.get(pk)
      return user !== undefined && [user.email, user.attributes.upn].some((text) => fold(text) === fold(value))
    })
    const found = store.find(query(value, { caseInsensitive }))
    return holders.length === 0 ? found === undefined : holders.some((pk) => pk === found?.pk)
  }))
})

t.test('groups: those above count, cycles and depth end, superusers are derived', async (t) => {
  const root = makeGroup('root', { isSuperuser: true })
  const middle = makeGroup('middle', { parent: root.pk })
  const leaf = makeGroup('leaf', { parent: middle.pk })
  const ping = makeGroup('ping', { parent: makeGroup('pong').pk })
  const pong = makeGroup('pong', { parent: ping.pk })
  const chain = Array.from({ length: 30 }, (_, index) =>
    makeGroup(`chain ${index}`, { parent: makeGroup(`chain ${index + 1}`).pk }))
  const { store } = makeStore([
    makeSeed('leaf', { groups: [leaf.pk] }),
    makeSeed('ping', { groups: [ping.pk] }),
    makeSeed('chain', { groups: [makeGroup('chain 0').pk] })
  ], [root, middle, leaf, ping, pong, ...chain])
  t.strictSame(store.get(1)?.groups.map((group) => group.name), ['leaf', 'middle', 'root'])
  t.equal(store.get(1)?.isSuperuser, true)
  t.strictSame(store.get(2)?.groups.map((group) => group.name), ['ping', 'pong'])
  t.equal(store.get(2)?.isSuperuser, false)
  t.equal(store.get(3)?.groups.length, 21, 'the own group and 20 levels above it')
})

t.test('groups: changed definitions reach every user, and a group that is gone gives nothing', async (t) => {
  const staff = makeGroup('staff', { isSuperuser: true })
  const { store } = makeStore([makeSeed('ann', { groups: [staff.pk] })], [staff])
  const before = store.get(1)
  store.replaceGroups([makeGroup('staff', { isSuperuser: false })])
  t.equal(before?.isSuperuser, true, 'what was handed out stays as it was')
  t.equal(store.get(1)?.isSuperuser, false)
  t.not(store.get(1)?.version, before?.version)
  store.replaceGroups([])
  t.strictSame(store.get(1)?.groups, [])
})

t.test('create and update: users are made, changed and counted', async (t) => {
  const staff = makeGroup('staff')
  const admins = makeGroup('admins', { isSuperuser: true })
  const { store } = makeStore([makeSeed('ann')], [staff, admins])
  const bob = store.create({ ...newUser('bob'), groups: [staff.pk] })
  t.match(bob, { pk: 2, uuid: '00000000-0000-4000-8000-000000000001', hasUsablePassword: false })
  const changed = store.update(2, { username: 'BOB', attributes: { b: 2 }, groups: [admins.pk] })
  t.match(changed, { username: 'BOB', attributes: { b: 2 }, isSuperuser: true, isActive: true })
  t.strictSame(changed.groups.map((group) => group.name), ['staff', 'admins'], 'groups are added')
  t.not(changed.version, bob.version)
  t.equal(store.get(2), changed)
  t.equal(store.find(query('bob', { caseInsensitive: false })), undefined)
  t.throws(() => store.create(newUser('ANN')), { code: 'FST_FLOW_USERNAME_TAKEN' })
  t.throws(() => store.update(2, { username: 'ann' }), { code: 'FST_FLOW_USERNAME_TAKEN' })
  t.throws(() => store.update(9, { name: 'x' }), { code: 'FST_FLOW_USER_NOT_FOUND' })
  t.throws(() => store.create({ ...newUser('cy'), groups: ['none'] }), { code: 'FST_FLOW_OPTIONS' })
  t.equal(store.find(query('cy')), undefined, 'nothing is half made')
})

t.test('delete: the user is gone, its name is free, its key is not used again', async (t) => {
  const { store } = makeStore([makeSeed('ann', { password: 'secret' })])
  const ann = store.get(1)
  store.delete(1)
  store.delete(1)
  t.equal(store.get(1), undefined)
  t.equal(store.find(query('ann')), undefined)
  t.equal(await store.verifyPassword(ann, new Sensitive('secret')), false)
  t.equal(store.create(newUser('ann')).pk, 2)
})

t.test('passwords: seeds, changes, and nobody without one', async (t) => {
  const { store, clock } = makeStore([
    makeSeed('ann', { password: 'first' }),
    makeSeed('bob'),
    makeSeed('cy', { password: '' }),
    makeSeed('di', { password: 'seeded' })
  ])
  t.strictSame([1, 2, 3].map((pk) => store.get(pk)?.hasUsablePassword), [true, false, false])
  const changed = await store.setPassword(4, new Sensitive('before the first check'))
  t.equal(changed.hasUsablePassword, true)
  t.equal(await store.verifyPassword(store.get(1), new Sensitive('first')), true)
  t.equal(await store.verifyPassword(store.get(1), new Sensitive('First')), false)
  t.equal(await store.verifyPassword(store.get(2), new Sensitive('')), false)
  t.equal(await store.verifyPassword(store.get(3), new Sensitive('')), false)
  t.equal(await store.verifyPassword(store.get(4), new Sensitive('seeded')), false, 'the seed does not come back')
  t.equal(await store.verifyPassword(store.get(4), new Sensitive('before the first check')), true)
  t.equal(await store.verifyPassword(undefined, new Sensitive('first')), false)

  clock.now += 1000
  const before = store.get(1)
  const after = await store.setPassword(1, new Sensitive('second'))
  t.equal(after.passwordChangeDate, '2024-09-01T00:00:01.000Z')
  t.not(after.version, before?.version)
  t.equal(await store.verifyPassword(after, new Sensitive('first')), false)
  t.equal(await store.verifyPassword(after, new Sensitive('second')), true)
  t.equal((await store.setPassword(1, null)).hasUsablePassword, false)
  t.equal(await store.verifyPassword(store.get(1), new Sensitive('second')), false)
  await t.rejects(store.setPassword(9, null), { code: 'FST_FLOW_USER_NOT_FOUND' })
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

t.test('TOTP devices: a step is good once, and none before it', async (t) => {
  const { store } = makeStore([makeSeed('ann'), makeSeed('bob')])
  const device = store.addDevice(1, { type: 'totp', name: 'Phone', seed: new Sensitive('JBSWY3DPEHPK3PXP'), digits: 6 })
  t.match(device, { type: 'totp', name: 'Phone', digits: 6, confirmed: true, lastUsed: null })
  t.notMatch(JSON.stringify(store.devices(1)), /JBSWY3DP/)
  t.strictSame([10, 10, 9, 11].map((step) => store.useTotpStep(1, device.pk, step)), [true, false, false, true])
  t.equal(store.useTotpStep(1, device.pk, Number.NaN), false)
  t.equal(store.useTotpStep(2, device.pk, 20), false, 'a device is its owner’s')
  t.equal(store.useTotpStep(9, device.pk, 20), false)
  t.equal(store.devices(1)[0]?.lastUsed, '2024-09-01T00:00:00.000Z')
  t.strictSame(store.devices(2), [])
  t.strictSame(store.devices(9), [])
  t.throws(() => store.addDevice(9, { type: 'static', name: 'x', tokens: [] }), { code: 'FST_FLOW_USER_NOT_FOUND' })
})

t.test('static devices: each code is good once', async (t) => {
  const { store } = makeStore([makeSeed('ann')])
  const device = store.addDevice(1, { type: 'static', name: 'Codes', tokens: [new Sensitive('one'), new Sensitive('two')] })
  const use = (code: string) => store.useStaticToken(1, device.pk, new Sensitive(code))
  t.strictSame([use('three'), use('one'), use('one'), use('two')], [false, true, false, true])
  t.equal(store.useTotpStep(1, device.pk, 1), false)
  const blank = store.addDevice(1, { type: 'static', name: 'Blank', tokens: [new Sensitive(''), new Sensitive(undefined)] })
  t.equal(store.useStaticToken(1, blank.pk, new Sensitive('')), false, 'a blank code is none')
  t.equal(store.useStaticToken(1, blank.pk, new Sensitive(undefined)), false)
  t.equal(store.useStaticToken(1, 'other', new Sensitive('one')), false)
  t.equal(store.useStaticToken(9, device.pk, new Sensitive('one')), false)
})

t.test('consents: kept per application until they expire', async (t) => {
  const { store, clock } = makeStore([makeSeed('ann')])
  store.saveConsent(1, { application: 'wiki', permissions: ['read'], expiresAt: clock.now + 10 })
  store.saveConsent(1, { application: 'mail', permissions: [], expiresAt: null })
  t.strictSame(store.consent(1, 'wiki')?.permissions, ['read'])
  clock.now += 10
  t.equal(store.consent(1, 'wiki'), undefined)
  t.equal(store.consent(1, 'mail')?.expiresAt, null)
  t.equal(store.consent(9, 'mail'), undefined)
  t.throws(() => store.saveConsent(9, { application: 'a', permissions: [], expiresAt: null }), { code: 'FST_FLOW_USER_NOT_FOUND' })
})
