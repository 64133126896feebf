import t from 'tap'
import { runId } from '../../lib/runs/run-id.js'
import { RunPlace } from '../../lib/runs/run-place.js'

t.test('run place: it is where the session is now, and goes back with it', (t) => {
  const session = { key: 'before' }
  const place = new RunPlace({}, session, 'flow')
  t.equal(place.id, runId({}, 'before', 'flow'))
  session.key = 'after'
  t.equal(place.id, runId({}, 'after', 'flow'))
  session.key = 'before'
  t.equal(place.id, runId({}, 'before', 'flow'))
  t.end()
})
