import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { TOTP, URI } from 'otpauth'
import { Sealer } from '../../lib/context/seal.js'
import { Sensitive } from '../../lib/context/sensitive.js'
import { MemoryUserStore } from '../../lib/users/memory-user-store.js'
import { sealedDevices } from '../../lib/users/sealed-devices.js'
import { define, defineFlow, stage, type UserStore } from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { FakeUsers, makeUser } from '../fake-users.js'
import { testUserStore } from './user-store-suite.js'

const [OLD, NEW] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
const SEED = 'JBSWY3DPEHPK3PXP'
const sealer = (...keys: Uint8Array[]) => new Sealer(keys, (length) => randomBytes(length))

t.test('users with sealed devices are users as any', async (t) => {
  await testUserStore(t, async (users = [], groups = []) => {
    const clock = { now: Date.UTC(2024, 8, 1) }
    let ids = 0
    const newId = () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`
    const store = new MemoryUserStore({ users, groups, now: () => clock.now, newId, randomBytes })
    return { store: sealedDevices(store, sealer(OLD)), clock }
  }, 10)
})

/** Started once, so that a code stays good. */
const started = Date.now()

const who = stage('identification', 'who', { userFields: ['username'] })
const flow = (slug: string, stages: Parameters<typeof defineFlow>[0]['stages'] = []) =>
  defineFlow({ slug, name: slug, title: slug, designation: 'authentication', stages })
const definitions = define(
  flow('app', [who, stage('authenticator_totp', 'app', { digits: 6 }), stage('dummy', 'end of app')]),
  flow('codes', [who, stage('authenticator_static', 'codes'), stage('dummy', 'end of codes')]),
  flow('second', [who, stage('authenticator_validate', 'second', { notConfiguredAction: 'skip' }), stage('dummy', 'end of second')])
)

/** A visitor to a new process with these keys over the same users; the codes of an app are good again. */
async function visit (t: Test, users: UserStore, step: number, sealKeys?: readonly Uint8Array[]) {
  const now = started + step * 30_000
  const planner = { users, now: () => now, ...sealKeys === undefined ? {} : { sealKeys } }
  const app = await buildApp(t, { definitions, planner })
  const client = new Client(app)
  const begin = async (slug: string) => {
    await client.get(slug)
    return (await client.post(slug, { component: 'ak-stage-identification', uid_field: 'ann' })).json()
  }
  const give = async (slug: string, component: string, code?: string) =>
    (await client.post(slug, { component, ...code === undefined ? {} : { code } })).json().component
  return { begin, give, code: (totp: TOTP) => totp.generate({ timestamp: now }) }
}

/** Sets an authenticator app up. */
async function setUp ({ begin, give, code }: Awaited<ReturnType<typeof visit>>): Promise<TOTP> {
  const totp = URI.parse((await begin('app')).config_url)
  if (!(totp instanceof TOTP)) throw new TypeError('a link to a time-based code')
  if (await give('app', 'ak-stage-authenticator-totp', code(totp)) !== 'ak-stage-dummy') throw new Error('it was not set up')
  return totp
}

/** The component that follows a code. */
async function second ({ begin, give }: Awaited<ReturnType<typeof visit>>, code: string): Promise<string> {
  const { component: shown } = await begin('second')
  const component = shown === 'ak-stage-authenticator-validate' ? await give('second', shown, code) : shown
  // So that the flow can be walked again.
  if (component === 'ak-stage-dummy') await give('second', component)
  return component
}

t.test('seeds: the store holds none in clear, keys rotate, and without its key a device is an error and not a device less', async (t) => {
  const users = new FakeUsers([makeUser({ pk: 1, username: 'ann' })])
  const seeds = () => users.devices(1).map((device) => device.type === 'totp' ? device.seed.reveal() ?? '' : '')
  const before = await visit(t, users, 0)
  const first = await setUp(before)
  t.strictSame(seeds(), [first.secret.base32], 'as it is, where there is no key')
  const sealing = await visit(t, users, 2, [OLD])
  t.equal(await second(sealing, sealing.code(first)), 'ak-stage-dummy', 'what was there before the key is good')
  const old = await setUp(sealing)
  t.notOk(seeds()[1]?.includes(old.secret.base32))
  const rotated = await visit(t, users, 4, [NEW, OLD])
  t.equal(await second(rotated, rotated.code(old)), 'ak-stage-dummy', 'an old key still opens')
  const latest = await setUp(rotated)
  users.devicesOf.set(1, users.devices(1).slice(2))
  const after = await visit(t, users, 6, [NEW])
  t.equal(await second(after, after.code(latest)), 'ak-stage-dummy', 'the new one has sealed what came after it')
  for (const keys of [[OLD], undefined]) {
    const without = await visit(t, users, 8, keys)
    t.equal(await second(without, without.code(latest)), 'ak-stage-flow-error')
  }
})

t.test('seeds: one that is moved to another user does not open', async (t) => {
  const users = new FakeUsers([makeUser({ pk: 1, username: 'ann' }), makeUser({ pk: 2, username: 'bob' }), makeUser({ pk: '1', username: 'cy' })])
  const store = sealedDevices(users, sealer(NEW))
  await store.addDevice(1, { type: 'totp', name: 'Phone', seed: new Sensitive(SEED), digits: 6 })
  t.match(await store.devices(1), [{ type: 'totp', name: 'Phone' }])
  for (const other of [2, '1']) {
    users.devicesOf.set(other, [...users.devices(1)])
    await t.rejects(async () => await store.devices(other), { code: 'FST_FLOW_SEAL' })
  }
})

t.test('codes: the store holds none in clear, keys rotate, and what the store holds is no code', async (t) => {
  const users = new FakeUsers([makeUser({ pk: 1, username: 'ann' })])
  const take = async (...sealKeys: readonly Uint8Array[]) => {
    const visitor = await visit(t, users, 0, sealKeys.length === 0 ? undefined : sealKeys)
    const { codes } = await visitor.begin('codes')
    t.equal(await visitor.give('codes', 'ak-stage-authenticator-static'), 'ak-stage-dummy')
    return { codes, stored: [...[...users.tokensOf.values()].at(-1) ?? []] }
  }
  const clear = await take()
  t.strictSame(clear.stored, clear.codes, 'as they are, where there is no key')
  const old = await take(OLD)
  t.equal(old.stored.length, old.codes.length)
  t.notOk(old.codes.some((code: string) => old.stored.join().includes(code)))
  const latest = await take(NEW, OLD)
  const rotated = await visit(t, users, 0, [NEW, OLD])
  for (const code of [clear.codes[0], old.codes[0], latest.codes[0]]) {
    t.equal(await second(rotated, code), 'ak-stage-dummy')
    t.equal(await second(rotated, code), 'ak-stage-authenticator-validate', 'once')
  }
  t.equal(await second(rotated, latest.stored[1] ?? ''), 'ak-stage-authenticator-validate', 'a stored form')
  const without = await visit(t, users, 0, [NEW])
  t.equal(await second(without, old.codes[1]), 'ak-stage-authenticator-validate', 'of a key that is gone')
})
