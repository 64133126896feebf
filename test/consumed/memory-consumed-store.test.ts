import t from 'tap'
import { MemoryConsumedStore } from '../../lib/consumed/memory-consumed-store.js'
import { testConsumedStore } from './consumed-store-suite.js'

t.test('what was used, in memory', async (t) => {
  await testConsumedStore(t, async () => new MemoryConsumedStore({ now: () => 0 }))
})

t.test('what was used, in memory: forgotten when it is too old to be good', async (t) => {
  let now = 0
  const store = new MemoryConsumedStore({ now: () => now, tokenAge: 10 * 86_400 })
  store.useStep('phone', 5)
  store.useToken('code')
  now = 86_400_000
  store.useStep('other', 1)
  t.equal(store.size, 2, 'the first step is forgotten')
  now = 10 * 86_400_000
  store.useToken('another')
  store.useStep('other', 2)
  t.equal(store.size, 2)
})
