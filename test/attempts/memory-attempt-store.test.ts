import t from 'tap'
import { MemoryAttemptStore } from '../../lib/attempts/memory-attempt-store.js'
import { attemptStoreSuite } from './attempt-store-suite.js'

attemptStoreSuite(t, 'MemoryAttemptStore', (_t, now) => new MemoryAttemptStore({ max: 100, now }), 500)

t.test('MemoryAttemptStore: bounded in number; the key unused for longest goes', async (t) => {
  const store = new MemoryAttemptStore({ max: 100, now: () => 0 })
  const once = { max: 1, window: 1000 }
  store.take('watched', once)
  for (let i = 0; i < 1000; i++) {
    store.take(`key ${i}`, once)
    t.match(store.take('watched', once), { allowed: false })
  }
  t.equal(store.size, 100)
  for (const max of [0, -1, 1.5, NaN]) t.throws(() => new MemoryAttemptStore({ max, now: () => 0 }), { code: 'FST_FLOW_OPTIONS' })
})
