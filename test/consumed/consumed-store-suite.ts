import type { Test } from 'tap'
import type { ConsumedStore } from '../../lib/consumed/consumed-store.js'

/** What every store of what was used must do; each call of `make` gives an empty one. */
export async function testConsumedStore (t: Test, make: () => Promise<ConsumedStore>): Promise<void> {
  t.test('a step is taken once, and none before it', async (t) => {
    const store = await make()
    const taken = []
    for (const step of [10, 10, 9, 11, 0, NaN, 11.5, 12]) taken.push(await store.useStep('phone', step))
    t.strictSame(taken, [true, false, false, true, false, false, false, true])
    t.equal(await store.useStep('key', 0), true, 'another device counts for itself')
    t.equal(await store.useStep('key', 0), false)
    const many = await Promise.all(Array.from({ length: 20 }, async () => await store.useStep('phone', 20)))
    t.equal(many.filter(Boolean).length, 1, 'of many at once the first')
  })

  t.test('a token is taken once', async (t) => {
    const store = await make()
    const many = await Promise.all(Array.from({ length: 20 }, async () => await store.useToken('one')))
    t.equal(many.filter(Boolean).length, 1)
    t.equal(await store.useToken('two'), true)
    t.equal(await store.useStep('one', 1), true, 'a device is no token')
  })
}
