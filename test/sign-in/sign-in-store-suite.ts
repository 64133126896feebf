import type { Test } from 'tap'
import type { SignInStore } from '../../lib/sign-in/sign-in-store.js'

/** An empty store at a time that the test sets. */
export type MakeSignInStore = () => Promise<{ store: SignInStore, clock: { time: number } }>

/** What every sign-in store must do. */
export async function testSignInStore (t: Test, make: MakeSignInStore): Promise<void> {
  t.test('found until their time is up, ended one by one or all of a user', async (t) => {
    const { store, clock } = await make()
    const start = clock.time
    const record = (user: number | string, lasts = 100_000) => ({ user, signedInAt: start, expiresAt: start + lasts, passwordChangeDate: 'then' })
    const found = async (...ids: string[]) => await Promise.all(ids.map(async (id) => await store.load(id) !== undefined))
    await store.create('a', record(1))
    await store.create('b', record(1, 200_000))
    await store.create('c', record(2, 200_000))
    await store.create('d', record('1', 200_000))
    t.strictSame(await store.load('a'), record(1))
    t.equal(await store.load('z'), undefined)
    clock.time = start + 100_000
    t.strictSame(await found('a', 'b'), [false, true])
    await store.deleteAllOf(1)
    t.strictSame(await found('b', 'c', 'd'), [false, true, true], 'the text 1 is somebody else')
    await store.delete('c')
    await store.delete('c')
    t.strictSame(await found('c'), [false])
    await store.deleteAllOf(99)
    await store.create('b', record(1, 300_000))
    t.strictSame(await store.load('b'), record(1, 300_000), 'a user can sign in again')
    await store.create('e', record(1, 100_000))
    t.strictSame(await found('e', 'b'), [false, true], 'one that is over from the start is none')
  })

  t.test('replaced where they are there, and never brought back', async (t) => {
    const { store, clock } = await make()
    const record = { user: 7, signedInAt: clock.time, expiresAt: clock.time + 100_000, passwordChangeDate: 'then' }
    const renewed = { ...record, passwordChangeDate: 'now' }
    await store.create('a', record)
    await store.create('b', record)
    await store.replace('a', renewed)
    t.strictSame(await store.load('a'), renewed)
    t.strictSame(await store.load('b'), record)
    await store.delete('b')
    await store.replace('b', renewed)
    t.equal(await store.load('b'), undefined, 'who has signed out stays out')
    await store.deleteAllOf(7)
    t.equal(await store.load('a'), undefined, 'what was replaced is still one of the user')
    await store.create('c', record)
    clock.time += 100_000
    await store.replace('c', { ...renewed, expiresAt: clock.time + 100_000 })
    t.equal(await store.load('c'), undefined)
  })
}
