import t from 'tap'
import { MemorySignInStore } from '../../lib/sign-in/memory-sign-in-store.js'
import { testSignInStore } from './sign-in-store-suite.js'

t.test('sign-ins in memory', async (t) => {
  await testSignInStore(t, async () => {
    const clock = { time: 0 }
    return { clock, store: new MemorySignInStore({ now: () => clock.time }) }
  })
})

t.test('sign-ins in memory: bounded; the one unused for longest goes first', (t) => {
  const store = new MemorySignInStore({ now: () => 0, max: 2 })
  for (const id of ['a', 'b']) store.create(id, { user: 1, signedInAt: 0, expiresAt: 1000, passwordChangeDate: '' })
  store.load('a')
  store.create('c', { user: 2, signedInAt: 0, expiresAt: 1000, passwordChangeDate: '' })
  t.strictSame(['a', 'b', 'c'].map((id) => store.load(id) !== undefined), [true, false, true])
  store.deleteAllOf(1)
  t.strictSame(['a', 'c'].map((id) => store.load(id) !== undefined), [false, true])
  t.end()
})
