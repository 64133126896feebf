import t from 'tap'
import fc from 'fast-check'
import { MemoryReputationStore, type MemoryReputationOptions } from '../../lib/users/memory-reputation-store.js'

function storeAt (start: number, options: Partial<MemoryReputationOptions> = {}) {
  const clock = { time: start }
  return { clock, store: new MemoryReputationStore({ now: () => clock.time, ...options }) }
}

t.test('reputation: sums what has the identifier or the address, once', async (t) => {
  const { store } = storeAt(0)
  store.adjust('ada', '192.0.2.1', -1)
  store.adjust('ada', '192.0.2.2', -2)
  store.adjust('bob', '192.0.2.1', 4)
  t.equal(store.score({ identifier: 'ada' }), -3)
  t.equal(store.score({ ip: '192.0.2.1' }), 3)
  t.equal(store.score({ identifier: 'ada', ip: '192.0.2.1' }), 1)
  t.equal(store.score({ identifier: 'ada', ip: '192.0.2.9' }), -3)
  t.equal(store.score({ identifier: 'eve' }), 0)
  t.equal(store.score({}), 0)
})

t.test('reputation: a pair\'s score stays between its limits', async (t) => {
  const { store } = storeAt(0)
  for (let i = 0; i < 9; i++) store.adjust('ada', '192.0.2.1', -1)
  t.equal(store.score({ identifier: 'ada' }), -5)
  store.adjust('ada', '192.0.2.1', 99)
  t.equal(store.score({ identifier: 'ada' }), 5)
  const wide = storeAt(0, { lower: -Infinity, upper: Infinity }).store
  wide.adjust('ada', '192.0.2.1', 43)
  wide.adjust('ada', '192.0.2.1', -1)
  t.equal(wide.score({ ip: '192.0.2.1' }), 42)
})

t.test('reputation: a score is forgotten a day after its last change', async (t) => {
  const { store, clock } = storeAt(1000)
  store.adjust('ada', '192.0.2.1', -1)
  store.adjust('bob', '192.0.2.1', -1)
  clock.time += 86_399_999
  store.adjust('ada', '192.0.2.1', -1)
  clock.time += 1
  t.equal(store.score({ ip: '192.0.2.1' }), -2, 'only the one that has not changed since')
  clock.time += 86_400_000
  t.equal(store.score({ identifier: 'ada' }), 0)
})

t.test('reputation: no more pairs than stated, the one changed longest ago goes', async (t) => {
  const { store } = storeAt(0, { maxEntries: 2 })
  store.adjust('ada', '192.0.2.1', -1)
  store.adjust('bob', '192.0.2.1', -1)
  store.adjust('ada', '192.0.2.1', -1)
  store.adjust('eve', '192.0.2.1', -1)
  t.equal(store.score({ identifier: 'bob' }), 0)
  t.equal(store.score({ identifier: 'ada' }), -2)
  t.equal(store.score({ ip: '192.0.2.1' }), -3)
})

t.test('reputation: identifiers that are long, or look like another\'s key', async (t) => {
  const { store } = storeAt(0)
  const long = 'a'.repeat(100_000)
  store.adjust(long, '192.0.2.1', -1)
  t.equal(store.score({ identifier: long }), -1)
  t.equal(store.score({ identifier: `${long}b` }), 0)
  store.adjust('__proto__', 'constructor', -1)
  t.equal(store.score({ identifier: '__proto__' }), -1)
  t.equal(store.score({ identifier: 'constructor' }), 0)
  store.adjust('a","b', 'c', -1)
  t.equal(store.score({ identifier: 'a', ip: 'b","c' }), 0)
})

t.test('reputation: bounds that make no sense are refused', async (t) => {
  for (const options of [{ maxEntries: 0 }, { maxEntries: 1.5 }, { expiry: 0 }, { expiry: NaN }, { lower: 1 }, { upper: -1 }]) {
    t.throws(() => storeAt(0, options), { code: 'FST_FLOW_OPTIONS' })
  }
})

t.test('reputation: the kept sums equal a search through all rows', async () => {
  const identifier = fc.constantFrom('ada', 'bob', 'eve')
  const ip = fc.constantFrom('1', '2', '3')
  const step = fc.record({ identifier, ip, change: fc.integer({ min: -3, max: 3 }), passes: fc.integer({ min: 0, max: 40 }) })
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), identifier, ip, (steps, askedIdentifier, askedIp) => {
    const { store, clock } = storeAt(0, { expiry: 0.1, maxEntries: 5 })
    let rows: Array<{ identifier: string, ip: string, score: number, at: number }> = []
    for (const { identifier, ip, change, passes } of steps) {
      clock.time += passes
      rows = rows.filter((row) => row.at + 100 > clock.time)
      const old = rows.find((row) => row.identifier === identifier && row.ip === ip)
      const score = Math.min(Math.max((old?.score ?? 0) + change, -5), 5)
      rows = [...rows.filter((row) => row !== old), { identifier, ip, score, at: clock.time }].slice(-5)
      store.adjust(identifier, ip, change)
    }
    const sum = (fits: (row: { identifier: string, ip: string }) => boolean) =>
      rows.filter(fits).reduce((total, row) => total + row.score, 0)
    return store.score({ identifier: askedIdentifier }) === sum((row) => row.identifier === askedIdentifier) &&
      store.score({ ip: askedIp }) === sum((row) => row.ip === askedIp) &&
      store.score({ identifier: askedIdentifier, ip: askedIp }) ===
        sum((row) => row.identifier === askedIdentifier || row.ip === askedIp)
  }))
})
