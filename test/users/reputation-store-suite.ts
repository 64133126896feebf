import fc from 'fast-check'
import type { Test } from 'tap'
import type { ReputationBounds } from '../../lib/users/reputation-bounds.js'
import type { ReputationStore } from '../../lib/users/reputation.js'

/** An empty store at a time that the test sets. */
export type MakeReputationStore = (bounds?: ReputationBounds) => Promise<{ store: ReputationStore, clock: { time: number } }>

/** What every reputation store must do. `numRuns` says how many random histories are tried. */
export async function testReputationStore (t: Test, make: MakeReputationStore, numRuns: number): Promise<void> {
  t.test('sums what has the identifier or the address, once', async (t) => {
    const { store } = await make()
    await store.adjust('ada', '192.0.2.1', -1)
    await store.adjust('ada', '192.0.2.2', -2)
    await store.adjust('bob', '192.0.2.1', 4)
    t.equal(await store.score({ identifier: 'ada' }), -3)
    t.equal(await store.score({ ip: '192.0.2.1' }), 3)
    t.equal(await store.score({ identifier: 'ada', ip: '192.0.2.1' }), 1)
    t.equal(await store.score({ identifier: 'ada', ip: '192.0.2.9' }), -3)
    t.equal(await store.score({ identifier: 'eve' }), 0)
    t.equal(await store.score({}), 0)
  })

  t.test('a pair\'s score stays between its limits', async (t) => {
    const { store } = await make()
    for (let i = 0; i < 9; i++) await store.adjust('ada', '192.0.2.1', -1)
    t.equal(await store.score({ identifier: 'ada' }), -5)
    await store.adjust('ada', '192.0.2.1', 99)
    t.equal(await store.score({ identifier: 'ada' }), 5)
    const wide = (await make({ lower: -Infinity, upper: Infinity })).store
    await wide.adjust('ada', '192.0.2.1', 43)
    await wide.adjust('ada', '192.0.2.1', -1.5)
    t.equal(await wide.score({ ip: '192.0.2.1' }), 41.5)
  })

  t.test('a score is forgotten a day after its last change', async (t) => {
    const { store, clock } = await make()
    await store.adjust('ada', '192.0.2.1', -1)
    await store.adjust('bob', '192.0.2.1', -1)
    clock.time += 86_399_999
    await store.adjust('ada', '192.0.2.1', -1)
    clock.time += 1
    t.equal(await store.score({ ip: '192.0.2.1' }), -2, 'only the one that has not changed since')
    clock.time += 86_400_000
    t.equal(await store.score({ identifier: 'ada' }), 0)
  })

  t.test('a score is never forgotten where that is stated', async (t) => {
    for (const expiry of [Infinity, 1e300, 1e12]) {
      const { store, clock } = await make({ expiry, maxEntries: 2 })
      await store.adjust('ada', '192.0.2.1', -1)
      await store.adjust('ada', '192.0.2.1', -1)
      clock.time += 1e13
      t.equal(await store.score({ identifier: 'ada' }), -2)
      await store.adjust('bob', '192.0.2.1', 1)
      await store.adjust('eve', '192.0.2.1', 1)
      t.equal(await store.score({ ip: '192.0.2.1' }), 2, 'but the number is bounded')
    }
  })

  t.test('no more pairs than stated, the one changed longest ago goes', async (t) => {
    const { store } = await make({ maxEntries: 2 })
    await store.adjust('ada', '192.0.2.1', -1)
    await store.adjust('bob', '192.0.2.1', -1)
    await store.adjust('ada', '192.0.2.1', -1)
    await store.adjust('eve', '192.0.2.1', -1)
    t.equal(await store.score({ identifier: 'bob' }), 0)
    t.equal(await store.score({ identifier: 'ada' }), -2)
    t.equal(await store.score({ ip: '192.0.2.1' }), -3)
  })

  t.test('identifiers that are long, or look like another\'s key', async (t) => {
    const { store } = await make()
    const long = 'a'.repeat(100_000)
    await store.adjust(long, '192.0.2.1', -1)
    t.equal(await store.score({ identifier: long }), -1)
    t.equal(await store.score({ identifier: `${long}b` }), 0)
    await store.adjust('__proto__', 'constructor', -1)
    t.equal(await store.score({ identifier: '__proto__' }), -1)
    t.equal(await store.score({ identifier: 'constructor' }), 0)
    await store.adjust('a","b', 'c', -1)
    t.equal(await store.score({ identifier: 'a', ip: 'b","c' }), 0)
  })

  t.test('bounds that make no sense are refused', async (t) => {
    for (const bounds of [{ maxEntries: 0 }, { maxEntries: 1.5 }, { expiry: 0 }, { expiry: NaN }, { lower: 1 }, { upper: -1 }]) {
      await t.rejects(make(bounds), { code: 'FST_FLOW_OPTIONS' })
    }
  })

  t.test('the kept sums equal a search through all rows', async () => {
    const identifier = fc.constantFrom('ada', 'bob', 'eve')
    const ip = fc.constantFrom('1', '2', '3')
    const step = fc.record({ identifier, ip, change: fc.integer({ min: -3, max: 3 }), passes: fc.integer({ min: 0, max: 40 }) })
    const history = fc.array(step, { maxLength: 60 })
    await fc.assert(fc.asyncProperty(history, identifier, ip, async (steps, askedIdentifier, askedIp) => {
      const { store, clock } = await make({ expiry: 0.1, maxEntries: 5 })
      let rows: Array<{ identifier: string, ip: string, score: number, at: number }> = []
      for (const { identifier, ip, change, passes } of steps) {
        clock.time += passes
        rows = rows.filter((row) => row.at + 100 > clock.time)
        const old = rows.find((row) => row.identifier === identifier && row.ip === ip)
        const score = Math.min(Math.max((old?.score ?? 0) + change, -5), 5)
        rows = [...rows.filter((row) => row !== old), { identifier, ip, score, at: clock.time }].slice(-5)
        await store.adjust(identifier, ip, change)
      }
      const sum = (fits: (row: { identifier: string, ip: string }) => boolean) =>
        rows.filter(fits).reduce((total, row) => total + row.score, 0)
      return await store.score({ identifier: askedIdentifier }) === sum((row) => row.identifier === askedIdentifier) &&
        await store.score({ ip: askedIp }) === sum((row) => row.ip === askedIp) &&
        await store.score({ identifier: askedIdentifier, ip: askedIp }) ===
          sum((row) => row.identifier === askedIdentifier || row.ip === askedIp)
    }), { numRuns })
  })
}
