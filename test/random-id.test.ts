import tap from 'tap'
import { randomId } from '../lib/random-id.js'

tap.test('random ids are UUIDs of version 4, each another one', async (t) => {
  const ids = Array.from({ length: 1000 }, randomId)
  t.equal(new Set(ids).size, ids.length)
  for (const id of ids) {
    if (!/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)) t.fail(`${id} is no UUID`)
  }
})
