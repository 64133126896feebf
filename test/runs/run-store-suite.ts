import type { Test } from 'tap'
import type { RunStore } from '../../lib/runs/run-store.js'
import { makeState } from './run-state.js'

/** An empty store at a time that the test sets. */
export type MakeRunStore = () => Promise<{ store: RunStore, clock: { time: number } }>

/** What every run store must do. */
export async function testRunStore (t: Test, make: MakeRunStore): Promise<void> {
  t.test('creates where there is none, and writes only over the revision named', async (t) => {
    const { store, clock } = await make()
    const state = makeState({ expiresAt: clock.time + 100_000, context: { text: 'ü \u{1f511} \u0000' } })
    t.equal(await store.load('a'), undefined)
    t.equal(await store.compareAndSet('a', 1, state), false, 'there is nothing to write over')
    t.equal(await store.compareAndSet('a', 0, state), false)
    t.equal(await store.create('a', state), true)
    t.equal(await store.create('a', { ...state, query: 'second' }), false)
    const { age = 0, write: _write, ...run } = await store.load('a') ?? {}
    t.strictSame(run, { revision: 1, state })
    t.ok(age >= 0)
    t.equal(await store.compareAndSet('a', 1, { ...state, query: 'new' }), true)
    t.equal(await store.compareAndSet('a', 1, { ...state, query: 'late' }), false)
    t.match(await store.load('a'), { revision: 2, state: { query: 'new' } })
    t.equal(await store.load('b'), undefined, 'another run is another run')
    await store.delete('a')
    await store.delete('a')
    t.equal(await store.load('a'), undefined)
    t.equal(await store.compareAndSet('a', 2, state), false)
    t.equal(await store.create('a', state), true)
    t.match(await store.load('a'), { revision: 1 })
  })

  t.test('of writers at once over one revision, one succeeds', async (t) => {
    const { store, clock } = await make()
    const state = makeState({ expiresAt: clock.time + 100_000 })
    const created = await Promise.all(Array.from({ length: 20 }, async () => await store.create('a', state)))
    t.equal(created.filter(Boolean).length, 1)
    for (let revision = 1; revision <= 5; revision++) {
      const writers = Array.from({ length: 20 }, (_, writer) => `writer ${writer}`)
      const written = await Promise.all(writers.map(async (query) => await store.compareAndSet('a', revision, { ...state, query })))
      t.strictSame(written.filter(Boolean), [true])
      t.match(await store.load('a'), { revision: revision + 1, state: { query: writers[written.indexOf(true)] } })
    }
  })

  t.test('runs whose age is up are gone, and their place is free', async (t) => {
    const { store, clock } = await make()
    const expiresAt = clock.time + 100_000
    await store.create('a', makeState({ expiresAt }))
    await store.create('b', makeState({ expiresAt }))
    clock.time += 99_999
    t.ok(await store.load('a'))
    clock.time += 1
    t.equal(await store.load('a'), undefined)
    t.equal(await store.compareAndSet('b', 1, makeState({ expiresAt: expiresAt + 100_000 })), false)
    t.equal(await store.create('a', makeState({ expiresAt: expiresAt + 100_000 })), true)
    t.match(await store.load('a'), { revision: 1 })
    t.equal(await store.compareAndSet('a', 1, makeState({ expiresAt })), true, 'one that is over from the start is not kept')
    t.equal(await store.load('a'), undefined)
  })
}
