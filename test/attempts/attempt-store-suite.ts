import fc from 'fast-check'
import type { Test } from 'tap'
import type { AttemptStore } from '../../lib/attempts/attempt-store.js'

/** A new, empty store by the given clock. */
export type MakeAttemptStore = (t: Test, now: () => number) => AttemptStore | Promise<AttemptStore>

const LIMIT = { max: 3, window: 1000 }

/** What every attempt store does; `runs` random histories are compared with a model. */
export function attemptStoreSuite (t: Test, name: string, make: MakeAttemptStore, runs: number): void {
  t.test(`${name}: allows as many attempts as the window takes, and then says when to come back`, async (t) => {
    const clock = { time: 5_000 }
    const store = await make(t, () => clock.time)
    for (let i = 0; i < 3; i++) t.strictSame(await store.take('a', LIMIT), { allowed: true })
    clock.time += 400
    t.strictSame(await store.take('a', LIMIT), { allowed: false, retryAfter: 600 })
    t.strictSame(await store.take('b', LIMIT), { allowed: true }, 'another key has a window of its own')
    clock.time += 599
    t.strictSame(await store.take('a', LIMIT), { allowed: false, retryAfter: 1 }, 'refused attempts do not prolong it')
    clock.time += 1
    t.strictSame(await store.take('a', LIMIT), { allowed: true })
  })

  t.test(`${name}: of a hundred attempts at once as many are allowed as are left`, async (t) => {
    const store = await make(t, () => 0)
    await store.take('a', { max: 8, window: 1000 })
    const answers = await Promise.all(Array.from({ length: 100 }, async () => await store.take('a', { max: 8, window: 1000 })))
    t.equal(answers.filter(({ allowed }) => allowed).length, 7)
  })

  t.test(`${name}: what is given back can be taken again, and nothing is won by giving back more`, async (t) => {
    const store = await make(t, () => 0)
    await store.giveBack('a')
    for (let i = 0; i < 3; i++) await store.take('a', LIMIT)
    await store.giveBack('a')
    t.strictSame(await store.take('a', LIMIT), { allowed: true })
    t.match(await store.take('a', LIMIT), { allowed: false })
    for (let i = 0; i < 9; i++) await store.giveBack('a')
    for (let i = 0; i < 3; i++) t.strictSame(await store.take('a', LIMIT), { allowed: true })
    t.match(await store.take('a', LIMIT), { allowed: false })
  })

  t.test(`${name}: keys of any text stay apart`, async (t) => {
    const store = await make(t, () => 0)
    const keys = ['', ' ', 'a', 'A', '__proto__', 'constructor', 'a\0b', 'é', 'e\u0301', 'x'.repeat(10_000)]
    const once = { max: 1, window: 1000 }
    for (const key of keys) t.strictSame(await store.take(key, once), { allowed: true }, JSON.stringify(key.slice(0, 20)))
    for (const key of keys) t.match(await store.take(key, once), { allowed: false })
  })

  t.test(`${name}: random histories agree with a model`, async (t) => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('take' as const), key: fc.constantFrom('a', 'b') }),
      fc.record({ do: fc.constant('giveBack' as const), key: fc.constantFrom('a', 'b') }),
      fc.record({ do: fc.constant('wait' as const), key: fc.constant(''), time: fc.integer({ min: 1, max: 1200 }) }))
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const clock = { time: 0 }
      const store = await make(t, () => clock.time)
      const model = new Map<string, { taken: number, until: number }>()
      for (const one of steps) {
        if (one.do === 'wait') {
          clock.time += one.time
          continue
        }
        const known = model.get(one.key)
        const window = known === undefined || known.until <= clock.time || known.taken === 0
          ? { taken: 0, until: clock.time + LIMIT.window }
          : known
        if (one.do === 'giveBack') {
          await store.giveBack(one.key)
          if (window.taken > 0) window.taken -= 1
        } else {
          const answer = await store.take(one.key, LIMIT)
          const isLeft = window.taken < LIMIT.max
          const expected = isLeft ? { allowed: true } : { allowed: false, retryAfter: window.until - clock.time }
          if (JSON.stringify(answer) !== JSON.stringify(expected)) return false
          if (isLeft) window.taken += 1
        }
        model.set(one.key, window)
      }
      return true
    }), { numRuns: runs })
    t.pass('they do')
  })
}
