import t from 'tap'
import { MemoryReputationStore } from '../../lib/users/memory-reputation-store.js'
import { testReputationStore } from './reputation-store-suite.js'

t.test('reputation in memory', async (t) => {
  await testReputationStore(t, async (bounds) => {
    const clock = { time: 0 }
    return { clock, store: new MemoryReputationStore({ now: () => clock.time, ...bounds }) }
  }, 100)
})
