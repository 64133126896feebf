import t from 'tap'
import { parseDuration } from '../../lib/model/duration.js'

t.test('duration: units add up, in any case, and unknown ones are passed over', async (t) => {
  t.equal(parseDuration('hours=3;minutes=1'), 3 * 3_600_000 + 60_000)
  t.equal(parseDuration(' Days = 1 ; SECONDS=-0.5'), 86_400_000 - 500)
  t.equal(parseDuration('hours=1;fortnights=2'), 3_600_000)
  for (const nothing of ['', 'soon', 'hours', 'fortnights=2']) t.equal(parseDuration(nothing), undefined, nothing)
})

t.test('duration: what every object has is no unit', async (t) => {
  for (const name of ['constructor', 'toString', '__proto__', 'valueOf']) {
    t.equal(parseDuration(`${name}=3`), undefined, name)
    t.equal(parseDuration(`hours=1;${name}=3`), 3_600_000, name)
  }
})
