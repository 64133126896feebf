import { randomBytes } from 'node:crypto'
import t from 'tap'
import { Sealer } from '../../lib/context/seal.js'
import { fingerprintOf } from '../../lib/executor/fingerprint.js'

const sealer = new Sealer([randomBytes(32)], randomBytes)

function fingerprint (body: unknown, run = 'one'): string {
  return fingerprintOf(sealer, run, { body, text: JSON.stringify(body) })
}

t.test('fingerprint: a body that only names its component is its own', async (t) => {
  t.equal(fingerprint({ component: 'ak-stage-dummy' }), '{"component":"ak-stage-dummy"}')
})

t.test('fingerprint: nothing that was typed is in it, and equal bodies of two runs do not have the same', async (t) => {
  const bodies = [
    { component: 'ak-stage-password', password: 'x' }, { password: 'x' }, ['x'], 'x', 7, null, {},
    { component: 'ak-stage-dummy', step_token: 'x' }, { component: 'x'.repeat(64) }, { component: { password: 'x' } }, { component: 7 }
  ]
  for (const body of bodies) {
    const text = JSON.stringify(body)
    t.match(fingerprint(body), /^[0-9a-f]{64}$/, text)
    t.equal(fingerprint(body), fingerprint(body), text)
    t.not(fingerprint(body), fingerprint(body, 'two'), text)
  }
})
