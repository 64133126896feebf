import { hash } from '@node-rs/argon2'
import t from 'tap'
import { Sensitive } from '../../lib/context/sensitive.js'
import { DECOY_HASH, hashPassword, isPasswordHash, needsRehash, SALT_LENGTH, verifyHash } from '../../lib/users/password-hash.js'

const salt = (byte: number) => new Uint8Array(SALT_LENGTH).fill(byte)
const parameters = (phc: string) => phc.split('$').slice(1, 4)

t.test('hashPassword: argon2id with 19 MiB, two passes, one lane, and the given salt', async (t) => {
  const first = await hashPassword(new Sensitive('hunter2'), salt(1))
  t.strictSame(parameters(first), ['argon2id', 'v=19', 'm=19456,t=2,p=1'])
  t.equal(await hashPassword(new Sensitive('hunter2'), salt(1)), first)
  t.not(await hashPassword(new Sensitive('hunter2'), salt(2)), first)
})

t.test('hashPassword: a password that was dropped is refused, not taken as blank', async (t) => {
  await t.rejects(hashPassword(new Sensitive(undefined), salt(1)), { code: 'FST_FLOW_SEAL' })
})

t.test('verifyHash: only the password that was hashed, whitespace included', async (t) => {
  const kept = await hashPassword(new Sensitive(' pass word '), salt(3))
  t.equal(await verifyHash(kept, new Sensitive(' pass word ')), true)
  t.equal(await verifyHash(kept, new Sensitive('pass word')), false)
  t.equal(await verifyHash(kept, new Sensitive(undefined)), false)
})

t.test('verifyHash: a dropped password does not match the hash of a blank one', async (t) => {
  const kept = await hashPassword(new Sensitive(''), salt(3))
  t.equal(await verifyHash(kept, new Sensitive(undefined)), false)
})

t.test('verifyHash: without a hash the same work is done, and the answer is no', async (t) => {
  const real = await hashPassword(new Sensitive('x'), salt(4))
  t.strictSame(parameters(DECOY_HASH), parameters(real))
  t.equal(DECOY_HASH.length, real.length)
  t.equal(await verifyHash(undefined, new Sensitive('x')), false)
})

t.test('needsRehash: a hash with parameters of the past is to be renewed', async (t) => {
  t.equal(await needsRehash(await hashPassword(new Sensitive('x'), salt(5))), false)
  t.equal(await needsRehash(await hash('x', { memoryCost: 8192, timeCost: 2, parallelism: 1 })), true)
  t.equal(await needsRehash(await hash('x', { algorithm: 1, memoryCost: 19_456, timeCost: 2, parallelism: 1 })), true)
})

t.test('isPasswordHash: argon2 in PHC form and nothing else', async (t) => {
  for (const algorithm of [0, 1, 2] as const) t.equal(await isPasswordHash(await hash('x', { algorithm })), true)
  for (const text of [
    '', '$', 'open sesame', '$2b$10$abcdefghijklmnopqrstuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu', 'pbkdf2_sha256$1$salt$hash',
    '$argon2id$v=19$m=19456,t=2,p=1', '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ', '$argon2id$v=19$m=x,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g'
  ]) t.equal(await isPasswordHash(text), false, text)
})
