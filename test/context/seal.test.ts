import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { Sealer } from '../../lib/context/seal.js'

const keyOf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('', '\ud800', '\udfff\ufffd\0'))

t.test('seal: what is sealed opens to the same text, and shows nothing of it', async (t) => {
  const sealer = new Sealer([keyOf(1)], randomBytes)
  fc.assert(fc.property(text, text, (plaintext, run) => {
    const box = sealer.seal(plaintext, run)
    return /^[A-Za-z0-9_-]+$/.test(box) && sealer.open(box, run) === plaintext
  }))
  const box = sealer.seal('correct horse', 'run')
  t.equal(Buffer.from(box, 'base64url').toString('latin1').replaceAll('\0', '').includes('correct'), false)
  t.not(sealer.seal('correct horse', 'run'), box, 'each box has a nonce of its own')
})

t.test('seal: a box opens only for what it is bound to', async (t) => {
  const sealer = new Sealer([keyOf(1)], randomBytes)
  const box = sealer.seal('secret', 'run 1')
  for (const boundTo of ['run 2', '', 'run 1 ', '\ud800']) t.throws(() => sealer.open(box, boundTo), { code: 'FST_FLOW_SEAL' })
  t.throws(() => sealer.open(sealer.seal('x', '\ud800'), '\ufffd'), { code: 'FST_FLOW_SEAL' }, 'no two texts are taken as one')
})

t.test('seal: whatever is not a box as it was made is refused', async (t) => {
  const sealer = new Sealer([keyOf(1)], randomBytes)
  const box = sealer.seal('a secret', 'run')
  const bytes = Buffer.from(box, 'base64url')
  for (let index = 0; index < bytes.length; index += 1) {
    const altered = Buffer.from(bytes)
    altered[index] = (altered[index] ?? 0) ^ 1
    t.throws(() => sealer.open(altered.toString('base64url'), 'run'), { code: 'FST_FLOW_SEAL' }, `byte ${index}`)
    const short = bytes.subarray(0, index).toString('base64url')
    t.throws(() => sealer.open(short, 'run'), { code: 'FST_FLOW_SEAL' }, `${index} bytes`)
  }
  for (const other of [`${box}=`, ` ${box}`, `${box}!`, bytes.toString('base64'), bytes.toString('hex'), '', 'null']) {
    if (other !== box) t.throws(() => sealer.open(other, 'run'), { code: 'FST_FLOW_SEAL' }, other)
  }
  fc.assert(fc.property(fc.string(), (junk) => {
    try {
      sealer.open(junk, 'run')
      return false
    } catch (error) {
      return error instanceof Error && error.message === 'A sealed value cannot be opened'
    }
  }))
})

t.test('seal: the first key seals and every key opens', async (t) => {
  const older = new Sealer([keyOf(1)], randomBytes)
  const newer = new Sealer([keyOf(2), keyOf(1)], randomBytes)
  t.equal(newer.open(older.seal('kept', 'run'), 'run'), 'kept')
  t.equal(new Sealer([keyOf(2)], randomBytes).open(newer.seal('new', 'run'), 'run'), 'new')
  t.throws(() => older.open(newer.seal('new', 'run'), 'run'), { code: 'FST_FLOW_SEAL' })
})

t.test('seal: a fingerprint is the same for the same text and key only', async (t) => {
  const sealer = new Sealer([keyOf(1)], randomBytes)
  const both = new Sealer([keyOf(1), keyOf(2)], randomBytes)
  const [mac = ''] = sealer.macs('body')
  t.match(mac, /^[0-9a-f]{64}$/)
  t.equal(both.macs('body')[0], mac)
  t.strictSame(new Sealer([keyOf(2), keyOf(1)], randomBytes).macs('body'), both.macs('body').reverse())
  t.strictNotSame(sealer.macs('body'), sealer.macs('bodx'))
  t.strictNotSame(sealer.macs('\ud800'), sealer.macs('\ufffd'))
})

t.test('seal: a tag is the same for the same text and first key only, and is known under every key', async (t) => {
  const sealer = new Sealer([keyOf(1)], randomBytes)
  const newer = new Sealer([keyOf(2), keyOf(1)], randomBytes)
  const tag = sealer.tag('body')
  t.match(tag, /^[0-9a-f]{64}$/)
  t.equal(new Sealer([keyOf(1), keyOf(2)], randomBytes).tag('body'), tag)
  t.not(sealer.tag('bodx'), tag)
  t.not(newer.tag('body'), tag)
  t.notOk(sealer.macs('body').includes(tag), 'it is no fingerprint of the other kind')
  t.ok(newer.isTag(tag, 'body'))
  t.notOk(newer.isTag(tag, 'bodx'))
  t.notOk(newer.isTag(tag.slice(1), 'body'))
  t.notOk(sealer.isTag(newer.tag('body'), 'body'), 'the key is not there')
})

t.test('seal: keys and random bytes of another length are refused', async (t) => {
  t.throws(() => new Sealer([], randomBytes), { code: 'FST_FLOW_OPTIONS', message: /one seal key/ })
  t.throws(() => new Sealer([new Uint8Array(16)], randomBytes), { code: 'FST_FLOW_OPTIONS', message: /32 bytes long, not 16/ })
  t.throws(() => new Sealer([keyOf(1), new Uint8Array(33)], randomBytes), { code: 'FST_FLOW_OPTIONS' })
  const sealer = new Sealer([keyOf(1)], () => new Uint8Array(8))
  t.throws(() => sealer.seal('x', 'run'), { code: 'FST_FLOW_OPTIONS', message: /randomBytes/ })
})
