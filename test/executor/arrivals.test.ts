import fc from 'fast-check'
import t from 'tap'
import { Arrivals } from '../../lib/executor/arrivals.js'

/** A request whose reply is sent when the test says so. */
function pending () {
  const callbacks: (() => void)[] = []
  return {
    whenReplied: (callback: () => void) => { callbacks.push(callback) },
    reply: () => { for (const callback of callbacks.splice(0)) callback() }
  }
}

t.test('arrivals: what came before the reply to a move was sent without knowledge of it', async (t) => {
  let now = 1
  const arrivals = new Arrivals(() => now)
  const first = pending()
  t.notOk(arrivals.isStale('run', 1), 'nobody has moved it')
  await arrivals.moving('run', first, () => true)
  t.ok(arrivals.isStale('run', 5), 'the reply is still to be sent')
  now = 10
  first.reply()
  t.ok(arrivals.isStale('run', 10))
  t.notOk(arrivals.isStale('run', 11))
  t.notOk(arrivals.isStale('another run', 1))
})

t.test('arrivals: the reply to an earlier move, sent late, does not stand for that to the last', async (t) => {
  let now = 1
  const arrivals = new Arrivals(() => now)
  const [first, second] = [pending(), pending()]
  await arrivals.moving('run', first, () => true)
  await arrivals.moving('run', second, () => true)
  now = 10
  first.reply()
  t.ok(arrivals.isStale('run', 11), 'nobody can have seen where the second move has led')
  now = 20
  second.reply()
  t.ok(arrivals.isStale('run', 20))
  t.notOk(arrivals.isStale('run', 21))
})

t.test('arrivals: a move that was none, or has failed, has no reply to wait for', async (t) => {
  const arrivals = new Arrivals(() => 10)
  await arrivals.moving('run', pending(), () => false)
  t.notOk(arrivals.isStale('run', 11))
  t.throws(() => arrivals.moving('run', pending(), () => { throw new Error('the store is away') }), /away/)
  t.notOk(arrivals.isStale('run', 11))
})

t.test('arrivals: after a move that has failed, the one before it is still the last', async (t) => {
  let now = 1
  const arrivals = new Arrivals(() => now)
  const first = pending()
  await arrivals.moving('run', first, () => true)
  now = 10
  first.reply()
  now = 20
  t.throws(() => arrivals.moving('run', pending(), () => { throw new Error('the store is away') }), /away/)
  t.ok(arrivals.isStale('run', 10))
  t.notOk(arrivals.isStale('run', 15), 'it was sent in knowledge of that')
})

t.test('arrivals: runs whose first move fails take no place from others', async (t) => {
  const arrivals = new Arrivals(() => 1)
  const moved = pending()
  arrivals.moving('moved', moved, () => true)
  moved.reply()
  let failed = 0
  for (let run = 0; run < 10_000; run += 1) {
    try {
      arrivals.moving(`run ${run}`, pending(), () => { throw new Error('the store is away') })
    } catch {
      failed += 1
    }
  }
  t.equal(failed, 10_000)
  t.ok(arrivals.isStale('moved', 1))
})

t.test('arrivals: equal answers that overlap know of one another', async (t) => {
  const arrivals = new Arrivals(() => 1)
  const first = arrivals.arrive('run', '{}')
  t.notOk(first.isEcho)
  const second = arrivals.arrive('run', '{}')
  t.ok(second.isEcho)
  const other = arrivals.arrive('run', '{"other":1}')
  t.notOk(other.isEcho)
  t.notOk(arrivals.arrive('another run', '{}').isEcho)
  first.leave()
  t.ok(arrivals.arrive('run', '{"other":1}').isEcho)
  second.leave()
  t.notOk(arrivals.arrive('run', '{}').isEcho, 'neither is under way any more')
  other.leave()
  t.ok(arrivals.arrive('run', '{"other":1}').isEcho, 'one is still under way')
})

t.test('arrivals: answers that overlap are told apart whatever their number and order', async (t) => {
  const step = fc.record({ run: fc.constantFrom('a', 'b'), body: fc.constantFrom('{}', '[]', '1'), leaves: fc.boolean() })
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const arrivals = new Arrivals(() => 1)
    const underWay: { key: string, leave: () => void }[] = []
    for (const { run, body, leaves } of steps) {
      const key = `${run} ${body}`
      const index = underWay.findIndex((one) => one.key === key)
      if (leaves) {
        if (index !== -1) underWay.splice(index, 1)[0]?.leave()
        continue
      }
      const { isEcho, leave } = arrivals.arrive(run, body)
      if (isEcho !== (index !== -1)) return false
      underWay.push({ key, leave })
    }
    return true
  }))
  t.pass('they are')
})
