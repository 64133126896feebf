import fc from 'fast-check'
import t from 'tap'
import { addressKey, identifierKey, runKey } from '../../lib/attempts/attempt-key.js'

t.test('identifierKey: letter case and space around it do not count, everything else does', async (t) => {
  t.equal(identifierKey(' Alice@Example.COM\t'), identifierKey('alice@example.com'))
  t.not(identifierKey('alice'), identifierKey('alice2'))
  const long = 'A'.repeat(500)
  t.equal(identifierKey(long), identifierKey(long.toLowerCase()))
  t.not(identifierKey(`${long}x`), identifierKey(`${long}y`))
  t.ok(identifierKey(long).length < 100)
  t.not(identifierKey(`${long}\ud800`), identifierKey(`${long}\ud801`), 'lone surrogates stay apart')
  t.not(identifierKey(long), identifierKey(identifierKey(long).slice('identifier '.length)), 'a digest that is typed')
})

t.test('keys of runs, identifiers and addresses never meet', async (t) => {
  await fc.assert(fc.property(fc.string(), (text) =>
    new Set([runKey(text), identifierKey(text), addressKey(text)]).size === 3))
  t.pass('they do not')
})

t.test('addressKey: an IPv4 address, however it is written, or the network of an IPv6 address', async (t) => {
  t.equal(addressKey('::ffff:192.0.2.1'), addressKey('192.0.2.1'))
  t.not(addressKey('192.0.2.1'), addressKey('192.0.2.2'))
  for (const address of ['2001:db8:0:7::', '2001:DB8::7:1:2:3:4', '2001:db8:0:7:ffff::1', '2001:0db8:0000:0007:0:0:192.0.2.1', '2001:db8:0:7::1%eth0']) {
    t.equal(addressKey(address), 'address 2001:db8:0:7::/64', address)
  }
  t.equal(addressKey('::1'), 'address 0:0:0:0::/64')
  t.equal(addressKey('fe80::1'), 'address fe80:0:0:0::/64')
  t.equal(addressKey('64:ff9b::192.0.2.1'), 'address 64:ff9b:0:0::/64')
  t.equal(addressKey('1:2:3::'), 'address 1:2:3:0::/64')
})

t.test('addressKey: any spelling of any two addresses of one network has the same key, of two networks another', async (t) => {
  const group = fc.integer({ min: 0, max: 0xffff })
  const half = fc.tuple(group, group, group, group)
  const spell = (groups: readonly number[], wide: boolean) =>
    groups.map((one) => wide ? one.toString(16).padStart(4, '0').toUpperCase() : one.toString(16)).join(':')
  await fc.assert(fc.property(half, half, half, fc.boolean(), (network, one, other, wide) =>
    addressKey(spell([...network, ...one], wide)) === addressKey(spell([...network, ...other], false)) &&
    addressKey(`${spell(network, wide)}::`) === addressKey(spell([...network, ...one], false))))
  await fc.assert(fc.property(half, half, half, (network, other, rest) =>
    spell(network, false) === spell(other, false) ||
    addressKey(spell([...network, ...rest], false)) !== addressKey(spell([...other, ...rest], false))))
  t.pass('so it is')
})
