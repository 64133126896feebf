import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import type { Test } from 'tap'
import { Sensitive } from '../../lib/context/sensitive.js'
import type { Group } from '../../lib/model/group.js'
import { derivedKey } from '../../lib/model/keys.js'
import type { UserSeed } from '../../lib/model/user.js'
import type { UserQuery, UserStore } from '../../lib/users/user-store.js'

/** A store that is ready, with only these users and groups, at 2024-09-01 UTC by a clock that the test sets. */
export type MakeUserStore = (users?: readonly UserSeed[], groups?: readonly Group[]) =>
Promise<{ store: UserStore, clock: { now: number } }>

/** A group with what a test states of it. */
export function makeGroup (name: string, stated: Partial<Group> = {}): Group {
  return { pk: derivedKey('test.group', name), name, isSuperuser: false, parent: null, attributes: {}, ...stated }
}

/** A defined user with what a test states of it. */
export function makeSeed (username: string, stated: Partial<UserSeed> = {}): UserSeed {
  const uuid = derivedKey('test.user', username)
  return { uuid, username, name: '', email: '', password: null, isActive: true, groups: [], attributes: {}, ...stated }
}

/** A user to be made. */
export const newUser = (username: string) =>
  ({ username, name: '', email: '', isActive: true, attributes: {}, groups: [] })

const query = (value: string, stated: Partial<UserQuery> = {}): UserQuery =>
  ({ fields: ['username', 'email', 'upn'], value, caseInsensitive: true, ...stated })

/** What every user store must do. `numRuns` says how many random histories are tried. */
export async function testUserStore (t: Test, make: MakeUserStore, numRuns: number): Promise<void> {
  t.test('seeds: keys count up, the uuid is the stated one, and nothing can be changed', async (t) => {
    const { store } = await make([
      makeSeed('ann', { name: 'Ann', email: 'ann@example.com', attributes: { a: { list: [1], bytes: new Uint8Array(2) } } }),
      makeSeed('bob', { isActive: false })
    ])
    const ann = await store.get(1)
    t.match(ann, { pk: 1, uuid: derivedKey('test.user', 'ann'), name: 'Ann', isActive: true, isSuperuser: false, groups: [] })
    t.match(await store.get(2), { pk: 2, username: 'bob', isActive: false, passwordChangeDate: '2024-09-01T00:00:00.000Z' })
    t.equal(await store.get(3), undefined)
    t.throws(() => Object.assign(ann?.attributes.a ?? {}, { list: [] }), TypeError)
    t.throws(() => Object.assign(ann ?? {}, { isSuperuser: true }), TypeError)
  })

  t.test('seeds: a username twice and an unknown group are refused by name', async (t) => {
    await t.rejects(make([makeSeed('ann'), makeSeed('Ann')]),
      { code: 'FST_FLOW_DEFINITION', message: /^User 'Ann': another user has this username/ })
    await t.rejects(make([makeSeed('ann', { groups: [makeGroup('gone').pk] })]),
      { code: 'FST_FLOW_DEFINITION', message: /^User 'ann': groups: there is no group/ })
  })

  t.test('find: by any of the fields asked for, with and without regard to case', async (t) => {
    const { store } = await make([
      makeSeed('Ann', { email: 'Ann@Example.com', attributes: { upn: 'ann@corp' } }),
      makeSeed('bob', { attributes: { upn: 7 } })
    ])
    t.equal((await store.find(query('aNN')))?.pk, 1)
    t.equal((await store.find(query('ann@example.COM')))?.pk, 1)
    t.equal((await store.find(query('ANN@corp')))?.pk, 1)
    t.equal(await store.find(query('ann', { caseInsensitive: false })), undefined)
    t.equal((await store.find(query('Ann', { caseInsensitive: false })))?.pk, 1)
    t.equal(await store.find(query('Ann', { fields: ['email'] })), undefined)
    t.equal(await store.find(query('Ann', { fields: [] })), undefined)
    t.equal(await store.find(query('')), undefined, 'a blank field identifies nobody')
    t.equal(await store.find(query('7')), undefined)
  })

  t.test('find: a shared value stays with whoever had it first', async (t) => {
    const { store } = await make([makeSeed('ann'), makeSeed('bob', { email: 'shared@example.com' })])
    await store.update(1, { email: 'shared@example.com' })
    t.equal((await store.find(query('shared@example.com')))?.pk, 2)
    await store.update(2, { name: 'Bob' })
    t.equal((await store.find(query('shared@example.com')))?.pk, 2, 'a change of something else keeps the place')
    await store.update(2, { email: 'other@example.com' })
    t.equal((await store.find(query('shared@example.com')))?.pk, 1)
    await store.create({ ...newUser('shared@example.com') })
    t.equal((await store.find(query('shared@example.com')))?.pk, 1, 'nobody takes it over by naming himself so')
  })

  t.test('find: agrees with a search through all users after any changes', async () => {
    const name = fc.constantFrom('a', 'A', 'b', 'B', 'c', 'a@x', 'A@x')
    const change = fc.record({ pk: fc.integer({ min: 1, max: 4 }), email: name, upn: name, gone: fc.boolean() })
    const history = fc.array(change, { maxLength: 12 })
    await fc.assert(fc.asyncProperty(history, name, fc.boolean(), async (changes, value, caseInsensitive) => {
      const { store } = await make(['u1', 'u2', 'u3', 'u4'].map((username) => makeSeed(username)))
      for (const { pk, email, upn, gone } of changes) {
        if (gone) await store.delete(pk)
        else if (await store.get(pk) !== undefined) await store.update(pk, { email, attributes: { upn } })
      }
      const fold = (text: unknown) => caseInsensitive ? String(text).toLowerCase() : text
      const users = await Promise.all([1, 2, 3, 4].map(async (pk) => await store.get(pk)))
      const holders = [1, 2, 3, 4].filter((pk) => {
        const user = users[pk - 1]
        return user !== undefined && [user.email, user.attributes.upn].some((text) => fold(text) === fold(value))
      })
      const found = await store.find(query(value, { caseInsensitive }))
      return holders.length === 0 ? found === undefined : holders.some((pk) => pk === found?.pk)
    }), { numRuns })
  })

  t.test('groups: those above count, cycles and depth end, superusers are derived', async (t) => {
    const root = makeGroup('root', { isSuperuser: true })
    const middle = makeGroup('middle', { parent: root.pk })
    const leaf = makeGroup('leaf', { parent: middle.pk })
    const ping = makeGroup('ping', { parent: makeGroup('pong').pk })
    const pong = makeGroup('pong', { parent: ping.pk })
    const chain = Array.from({ length: 30 }, (_, index) =>
      makeGroup(`chain ${index}`, { parent: makeGroup(`chain ${index + 1}`).pk }))
    const { store } = await make([
      makeSeed('leaf', { groups: [leaf.pk] }),
      makeSeed('ping', { groups: [ping.pk] }),
      makeSeed('chain', { groups: [makeGroup('chain 0').pk] })
    ], [root, middle, leaf, ping, pong, ...chain])
    t.strictSame((await store.get(1))?.groups.map((group) => group.name), ['leaf', 'middle', 'root'])
    t.equal((await store.get(1))?.isSuperuser, true)
    t.strictSame((await store.get(2))?.groups.map((group) => group.name), ['ping', 'pong'])
    t.equal((await store.get(2))?.isSuperuser, false)
    t.equal((await store.get(3))?.groups.length, 21, 'the own group and 20 levels above it')
  })

  t.test('groups: changed definitions reach every user, and a group that is gone gives nothing', async (t) => {
    const staff = makeGroup('staff', { isSuperuser: true })
    const { store } = await make([makeSeed('ann', { groups: [staff.pk] })], [staff])
    const before = await store.get(1)
    store.replaceGroups?.([makeGroup('staff', { isSuperuser: false })])
    t.equal(before?.isSuperuser, true, 'what was handed out stays as it was')
    t.equal((await store.get(1))?.isSuperuser, false)
    t.not((await store.get(1))?.version, before?.version)
    store.replaceGroups?.([])
    t.strictSame((await store.get(1))?.groups, [])
  })

  t.test('create and update: users are made, changed and counted', async (t) => {
    const staff = makeGroup('staff')
    const admins = makeGroup('admins', { isSuperuser: true })
    const { store } = await make([makeSeed('ann')], [staff, admins])
    const bob = await store.create({ ...newUser('bob'), groups: [staff.pk] })
    t.match(bob, { pk: 2, uuid: '00000000-0000-4000-8000-000000000001', hasUsablePassword: false })
    const changed = await store.update(2, { username: 'BOB', attributes: { b: 2 }, groups: [admins.pk] })
    t.match(changed, { username: 'BOB', attributes: { b: 2 }, isSuperuser: true, isActive: true })
    t.strictSame(changed.groups.map((group) => group.name), ['staff', 'admins'], 'groups are added')
    t.not(changed.version, bob.version)
    t.strictSame(await store.get(2), changed)
    t.equal(await store.find(query('bob', { caseInsensitive: false })), undefined)
    await t.rejects(async () => await store.create(newUser('ANN')), { code: 'FST_FLOW_USERNAME_TAKEN' })
    await t.rejects(async () => await store.update(2, { username: 'ann' }), { code: 'FST_FLOW_USERNAME_TAKEN' })
    await t.rejects(async () => await store.update(9, { name: 'x' }), { code: 'FST_FLOW_USER_NOT_FOUND' })
    await t.rejects(async () => await store.create({ ...newUser('cy'), groups: ['none'] }), { code: 'FST_FLOW_OPTIONS' })
    t.equal(await store.find(query('cy')), undefined, 'nothing is half made')
  })

  t.test('attributes: of any size and depth and of any type that can be copied, they are kept as they are', async (t) => {
    const { store } = await make([makeSeed('ann')])
    const cycle: Record<string, unknown> = { name: 'round' }
    cycle['self'] = cycle
    const all: Readonly<Record<string, unknown>> = {
      text: 'ü'.repeat(300_000),
      members: Object.fromEntries(Array.from({ length: 1500 }, (_, index) => [`key ${index}`, index])),
      list: Array.from({ length: 11_000 }, (_, index) => `item ${index}`),
      deep: Array.from({ length: 100 }).reduce<unknown>((inner) => ({ inner }), 'deepest'),
      json: { list: [1, 'two', null, true, {}], $type: 'date', cloned: 'text', half: '\ud800' },
      date: new Date(7),
      bytes: new Uint8Array([1, 2, 255]),
      numbers: [-0, NaN, Infinity, 12345678901234567890n, new Float64Array([1.5])],
      collections: [new Set([1, new Date(8)]), new Map<unknown, unknown>([[{ key: 1 }, 'value']])],
      undefined: { here: undefined, list: [undefined] },
      pattern: /a+/gi,
      cycle
    }
    for (const [name, value] of Object.entries(all)) {
      const attributes = { [name]: value }
      const created = await store.create({ ...newUser(name), attributes })
      t.ok(isDeepStrictEqual(created.attributes, attributes), `${name}: what is returned`)
      t.ok(isDeepStrictEqual((await store.get(created.pk))?.attributes, attributes), name)
    }
    await store.update(1, { attributes: all })
    t.ok(isDeepStrictEqual((await store.get(1))?.attributes, all), 'all of them, by a change')
    const others = { secret: new Sensitive('canary'), bytes: Buffer.from('three') }
    await store.update(1, { attributes: others })
    t.strictSame((await store.get(1))?.attributes, { secret: {}, bytes: new Uint8Array(Buffer.from('three')) }, 'nothing of a class')
  })

  t.test('attributes: what cannot be copied is refused, and nothing is half made', async (t) => {
    const { store } = await make([makeSeed('ann', { attributes: { kept: true } })])
    const attributes = { nested: { call: () => {} } }
    await t.rejects(async () => await store.create({ ...newUser('bob'), attributes }), { name: 'DataCloneError' })
    await t.rejects(async () => await store.update(1, { name: 'Ann', attributes }), { name: 'DataCloneError' })
    t.equal(await store.find(query('bob')), undefined)
    t.match(await store.get(1), { name: '', attributes: { kept: true } })
  })

  t.test('create: a password is there from the beginning, and the same key makes nobody twice', async (t) => {
    const { store } = await make([makeSeed('ann')])
    const key = '00000000-0000-5000-8000-000000000001'
    const bob = { ...newUser('bob'), key, password: new Sensitive('secret') }
    const created = await store.create(bob)
    t.match(created, { pk: 2, username: 'bob', hasUsablePassword: true })
    t.equal(await store.verifyPassword(created, new Sensitive('secret')), true)
    t.equal(await store.verifyPassword(created, new Sensitive('other')), false)
    t.strictSame(await store.create(bob), created, 'who tries again finds what was made')
    t.strictSame(await store.create({ ...newUser('bob'), key }), created)
    const same = await Promise.all([1, 2, 3].map(async () => await store.create({ ...newUser('cy'), key: `${key}0`, password: bob.password })))
    t.equal(new Set(same.map(({ pk }) => pk)).size, 1, 'also where several try at once')
    await t.rejects(async () => await store.create({ ...bob, key: `${key}1` }), { code: 'FST_FLOW_USERNAME_TAKEN' })
    await store.delete(created.pk)
    const again = await store.create(bob)
    t.ok(Number(again.pk) > Number(created.pk), 'who was deleted does not come back')
    t.equal(await store.verifyPassword(again, new Sensitive('secret')), true)
  })

  t.test('delete: the user is gone, its name is free, its key is not used again', async (t) => {
    const { store } = await make([makeSeed('ann', { password: 'secret' })])
    const ann = await store.get(1)
    await store.delete(1)
    await store.delete(1)
    t.equal(await store.get(1), undefined)
    t.equal(await store.find(query('ann')), undefined)
    t.equal(await store.verifyPassword(ann, new Sensitive('secret')), false)
    const again = await store.create(newUser('ann'))
    t.equal(again.pk, 2)
  })

  t.test('passwords: seeds, changes, and nobody without one', async (t) => {
    const { store, clock } = await make([
      makeSeed('ann', { password: 'first' }),
      makeSeed('bob'),
      makeSeed('cy', { password: '' }),
      makeSeed('di', { password: 'seeded' })
    ])
    const usable = await Promise.all([1, 2, 3].map(async (pk) => (await store.get(pk))?.hasUsablePassword))
    t.strictSame(usable, [true, false, false])
    const changed = await store.setPassword(4, new Sensitive('before the first check'))
    t.equal(changed.hasUsablePassword, true)
    t.equal(await store.verifyPassword(await store.get(1), new Sensitive('first')), true)
    t.equal(await store.verifyPassword(await store.get(1), new Sensitive('First')), false)
    t.equal(await store.verifyPassword(await store.get(2), new Sensitive('')), false)
    t.equal(await store.verifyPassword(await store.get(3), new Sensitive('')), false)
    t.equal(await store.verifyPassword(await store.get(4), new Sensitive('seeded')), false, 'the seed does not come back')
    t.equal(await store.verifyPassword(await store.get(4), new Sensitive('before the first check')), true)
    t.equal(await store.verifyPassword(undefined, new Sensitive('first')), false)

    clock.now += 1000
    const before = await store.get(1)
    const after = await store.setPassword(1, new Sensitive('second'))
    t.equal(after.passwordChangeDate, '2024-09-01T00:00:01.000Z')
    t.not(after.version, before?.version)
    t.equal(await store.verifyPassword(after, new Sensitive('first')), false)
    t.equal(await store.verifyPassword(after, new Sensitive('second')), true)
    t.equal((await store.setPassword(1, null)).hasUsablePassword, false)
    t.equal(await store.verifyPassword(await store.get(1), new Sensitive('second')), false)
    await t.rejects(store.setPassword(9, null), { code: 'FST_FLOW_USER_NOT_FOUND' })
  })

  t.test('TOTP devices: a step is good once, and none before it', async (t) => {
    const { store } = await make([makeSeed('ann'), makeSeed('bob')])
    const device = await store.addDevice(1, { type: 'totp', name: 'Phone', seed: new Sensitive('JBSWY3DPEHPK3PXP'), digits: 6 })
    t.match(device, { type: 'totp', name: 'Phone', digits: 6, confirmed: true, lastUsed: null })
    t.notMatch(JSON.stringify(await store.devices(1)), /JBSWY3DP/)
    const taken = []
    for (const step of [10, 10, 9, 11]) taken.push(await store.useTotpStep(1, device.pk, step))
    t.strictSame(taken, [true, false, false, true])
    const many = await Promise.all(Array.from({ length: 10 }, async () => await store.useTotpStep(1, device.pk, 12)))
    t.equal(many.filter(Boolean).length, 1, 'of many at once the first')
    t.equal(await store.useTotpStep(1, device.pk, Number.NaN), false)
    t.equal(await store.useTotpStep(2, device.pk, 20), false, 'a device is its owner’s')
    t.equal(await store.useTotpStep(9, device.pk, 20), false)
    t.equal((await store.devices(1))[0]?.lastUsed, '2024-09-01T00:00:00.000Z')
    t.strictSame(await store.devices(2), [])
    t.strictSame(await store.devices(9), [])
    await t.rejects(async () => await store.addDevice(9, { type: 'static', name: 'x', tokens: [] }), { code: 'FST_FLOW_USER_NOT_FOUND' })
  })

  t.test('static devices: each code is good once', async (t) => {
    const { store } = await make([makeSeed('ann')])
    const device = await store.addDevice(1, { type: 'static', name: 'Codes', tokens: [new Sensitive('one'), new Sensitive('two')] })
    const use = async (code: string) => await store.useStaticToken(1, device.pk, new Sensitive(code))
    t.strictSame([await use('three'), await use('one'), await use('one'), await use('two')], [false, true, false, true])
    t.equal(await store.useTotpStep(1, device.pk, 1), false)
    const blank = await store.addDevice(1, { type: 'static', name: 'Blank', tokens: [new Sensitive(''), new Sensitive(undefined)] })
    t.equal(await store.useStaticToken(1, blank.pk, new Sensitive('')), false, 'a blank code is none')
    t.equal(await store.useStaticToken(1, blank.pk, new Sensitive(undefined)), false)
    t.equal(await store.useStaticToken(1, 'other', new Sensitive('one')), false)
    t.equal(await store.useStaticToken(9, device.pk, new Sensitive('one')), false)
  })

  t.test('devices: whoever is not sure of having been heard asks again under the same key', async (t) => {
    const { store } = await make([makeSeed('ann')])
    const phone = { type: 'totp', name: 'Phone', seed: new Sensitive('JBSWY3DPEHPK3PXP'), digits: 6, key: 'phone' } as const
    const codes = { type: 'static', name: 'Codes', tokens: [new Sensitive('one'), new Sensitive('two')], key: 'codes' } as const
    const [device, set] = [await store.addDevice(1, phone), await store.addDevice(1, codes)]
    t.strictSame([(await store.addDevice(1, phone)).pk, (await store.addDevice(1, codes)).pk], [device.pk, set.pk])
    t.equal((await store.devices(1)).length, 2)
    const steps = []
    for (const [step, key] of [[10, 'a'], [10, 'a'], [10, 'b'], [10, undefined], [9, 'a'], [11, 'b'], [10, 'a']] as const) {
      steps.push(await store.useTotpStep(1, device.pk, step, key))
    }
    t.strictSame(steps, [true, true, false, false, false, true, false])
    const use = async (code: string, key?: string) => await store.useStaticToken(1, set.pk, new Sensitive(code), key)
    t.strictSame([await use('one', 'a'), await use('one', 'a'), await use('one', 'b'), await use('one'), await use('two', 'a')],
      [true, true, false, false, true])
  })

  t.test('consents: kept per application until they expire', async (t) => {
    const { store, clock } = await make([makeSeed('ann')])
    await store.saveConsent(1, { application: 'wiki', permissions: ['read'], expiresAt: clock.now + 10 })
    await store.saveConsent(1, { application: 'mail', permissions: [], expiresAt: null })
    t.strictSame((await store.consent(1, 'wiki'))?.permissions, ['read'])
    clock.now += 10
    t.equal(await store.consent(1, 'wiki'), undefined)
    t.equal((await store.consent(1, 'mail'))?.expiresAt, null)
    t.equal(await store.consent(9, 'mail'), undefined)
    await t.rejects(async () => await store.saveConsent(9, { application: 'a', permissions: [], expiresAt: null }), { code: 'FST_FLOW_USER_NOT_FOUND' })
  })
}
