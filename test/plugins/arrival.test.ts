import t from 'tap'
import { arrivalOf } from '../../plugins/arrival.js'

/** A request that arrived at 100, in a process that is held up for so long before each reading of a clock. */
function heldUp (...pauses: readonly number[]) {
  const left = [...pauses]
  let now = 110
  const clock = () => {
    now += left.shift() ?? 0
    return now
  }
  return { clock, reply: { get elapsedTime () { return clock() - 100 } } }
}

t.test('arrival: a process that is held up between two clocks takes no request for an older or a newer one', async (t) => {
  for (const pauses of [[], [3], [0, 5], [0, 0, 5], [0, 5, 0, 0, 5], [1, 2, 3, 4, 5, 6]]) {
    const { clock, reply } = heldUp(...pauses)
    t.equal(arrivalOf(reply, clock), 100, pauses.join())
  }
  const always = heldUp(...Array.from({ length: 100 }, () => 1))
  t.ok(arrivalOf(always.reply, always.clock) >= 100, 'where it always is, it is not taken for older')
})
