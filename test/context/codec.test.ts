import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { decodeContext, encodeContext, Opaque, usersIn, type ContextSource, type EncodedContext } from '../../lib/context/codec.js'
import { ModelReference } from '../../lib/context/model-reference.js'
import { Sensitive } from '../../lib/context/sensitive.js'
import type { Subject, User } from '../../lib/model/user.js'

/** Keeps secrets as a run would: an id each, and each only once. */
class Vault implements ContextSource {
  readonly users = new Map<unknown, User>()
  readonly kept: string[] = []
  readonly #ids = new Map<Sensitive, string>()

  keep (secret: Sensitive, value: string): string {
    const known = this.#ids.get(secret)
    if (known !== undefined) return known
    const id = `s${this.kept.push(value)}`
    this.#ids.set(secret, id)
    return id
  }

  secret (id: string): Sensitive | undefined {
    return [...this.#ids].find(([, known]) => known === id)?.[0]
  }

  user (pk: unknown): User | undefined {
    return this.users.get(pk)
  }
}

const stranger: Subject = {
  pk: null,
  uuid: '3f0c5f3e-6f5d-4a0e-9d53-6f6a2b0f6a11',
  username: 'eve',
  name: 'Eve',
  email: 'eve@example.org',
  isActive: true,
  isSuperuser: false,
  groups: [{ pk: 'g1', name: 'guests', isSuperuser: false }],
  attributes: { locale: 'de', since: new Date(0) },
  passwordChangeDate: '2024-01-01T00:00:00.000Z',
  hasUsablePassword: false
}
const ada: User = { ...stranger, pk: 7, username: 'ada', email: 'ada@example.org', attributes: { salary: 12 }, version: '3' }

const encode = (value: unknown, vault = new Vault()): unknown => encodeContext({ value }, vault).value
const decode = (encoded: EncodedContext, vault = new Vault()): Record<string, unknown> => decodeContext(encoded, vault)
const trip = (value: unknown, vault = new Vault()): unknown => decode(encodeContext({ value }, vault), vault).value
const opaque = (text: string): object => ({ $type: 'opaque', text })
const fromJson = (text: string): EncodedContext => JSON.parse(text)

t.test('codec: JSON comes back as it was, tags among its keys included', async (t) => {
  // A member of this name is dropped, which is tested apart.
  const key = fc.oneof(fc.string().filter((name) => name !== '__proto__'), fc.constantFrom('$type', 'constructor', 'prototype', 'toString', 'valueOf', 'pk'))
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ maxDepth: 5 }, tie('leaf'), fc.array(tie('tree'), { maxLength: 5 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 5 })),
    leaf: fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null))
  }))
  const plain = tree.map((value) => JSON.parse(JSON.stringify(value)))
  fc.assert(fc.property(fc.dictionary(key, plain), (value) => {
    const context = { ...value }
    const encoded = encodeContext(context, new Vault())
    return isDeepStrictEqual(JSON.parse(JSON.stringify(encoded)), encoded) && isDeepStrictEqual(decode(encoded), context)
  }), { numRuns: 500 })
  t.strictSame(encode({ $type: 'user', pk: 1 }), { $type: 'object', members: { $type: 'user', pk: 1 } })
})

t.test('codec: dates, bytes, big integers, sets, maps and models come back as they were', async (t) => {
  const value = {
    date: new Date(86400000),
    bytes: new Uint8Array([0, 1, 254, 255]),
    buffer: Buffer.from('abc').subarray(1),
    big: -12345678901234567890n,
    set: new Set([1, 'a', { deep: new Date(1) }]),
    map: new Map<unknown, unknown>([['a', 1], [{ b: 2 }, new Set([3n])]])
  }
  const back = trip(value)
  t.ok(isDeepStrictEqual(back, { ...value, buffer: new Uint8Array([98, 99]) }))
  const model = new ModelReference({ app: 'shop', modelName: 'order', pk: 12, name: 'Order 12' })
  t.strictSame(encode(model), { $type: 'model', app: 'shop', modelName: 'order', pk: 12, name: 'Order 12' })
  const again = trip(model)
  t.ok(again instanceof ModelReference)
  t.strictSame(again, model)
})

t.test('codec: what JSON has no number for is null, undefined members are left out', async (t) => {
  t.strictSame(encode([NaN, Infinity, -Infinity, undefined, -0, ...Array(1), 1]), [null, null, null, null, 0, null, 1])
  t.strictSame(encode(Array(2)), [null, null])
  t.strictSame(encodeContext({ gone: undefined, kept: { gone: undefined, nil: null } }, new Vault()), { kept: { nil: null } })
})

t.test('codec: a stored user is a reference wherever it stands, and is read anew', async (t) => {
  const vault = new Vault()
  class Person {
    readonly #user = { ...ada, pk: 'p-1' }
    get pk () { return this.#user.pk }
    get uuid () { return this.#user.uuid }
    get username () { return this.#user.username }
    get name () { return this.#user.name }
    get email () { return this.#user.email }
    get isActive () { return this.#user.isActive }
    get isSuperuser () { return this.#user.isSuperuser }
    get groups () { return this.#user.groups }
    get attributes () { return this.#user.attributes }
    get passwordChangeDate () { return this.#user.passwordChangeDate }
    get hasUsablePassword () { return this.#user.hasUsablePassword }
  }
  const context = {
    pending_user: ada,
    deep: [{ $type: 1, who: new Map([['k', new Set([new Person()])]]) }],
    guest: { ...stranger, attributes: { boss: { ...ada, pk: 9 } } },
    again: ada
  }
  const encoded = encodeContext(context, vault)
  t.strictSame(encoded.pending_user, { $type: 'user', pk: 7, username: 'ada', email: 'ada@example.org' })
  t.notMatch(JSON.stringify(encoded), /salary/)
  t.strictSame(usersIn(encoded), [7, 'p-1', 9])
  const fresh = { ...ada, isActive: false }
  vault.users.set(7, fresh)
  const decoded = decodeContext(encoded, vault)
  t.equal(decoded.pending_user, fresh)
  t.equal(decoded.again, fresh)
  t.strictSame(decoded.deep, [{ $type: 1, who: new Map([['k', new Set([null])]]) }], 'a user who is gone is null')
})

t.test('codec: somebody who is not stored comes back whole', async (t) => {
  const { groups, attributes, ...rest } = stranger
  t.match(encode(stranger), { $type: 'subject', subject: rest })
  t.ok(isDeepStrictEqual(trip(stranger), stranger))
  t.ok(isDeepStrictEqual(trip({ ...stranger, attributes: {} }), { ...stranger, attributes: {} }))
  t.match(trip({ ...stranger, groups: [{ pk: 'g' }, null, ...groups], attributes: new Date(0) }), { groups, attributes: {} })
  t.ok(attributes.since instanceof Date)
})

t.test('codec: what only looks like a user is a plain object', async (t) => {
  const changes = [{ pk: NaN }, { pk: {} }, { uuid: 1 }, { groups: {} }, { attributes: null }, { isActive: 1 }, { email: null }]
  for (const change of changes) {
    t.match(encode({ ...stranger, attributes: {}, ...change }), { $type: undefined, username: 'eve' }, JSON.stringify(change))
  }
})

t.test('codec: the value of a secret is kept apart, and once', async (t) => {
  const vault = new Vault()
  const secret = new Sensitive('hunter2')
  const first = encodeContext({ prompt_data: { password: secret, list: [secret] }, empty: new Sensitive(undefined) }, vault)
  t.strictSame(first, {
    prompt_data: { password: { $type: 'secret', id: 's1' }, list: [{ $type: 'secret', id: 's1' }] },
    empty: { $type: 'secret', id: null }
  })
  const decoded = decodeContext(first, vault)
  t.equal(decoded.prompt_data?.password, secret)
  t.strictSame(encodeContext(decoded, vault), first)
  t.strictSame(vault.kept, ['hunter2'])
  const dropped = decodeContext(first, new Vault())
  const password = dropped.prompt_data?.password
  t.ok(password instanceof Sensitive && password.reveal() === undefined)
})

t.test('codec: what is not data is told in a few words, and stays so', async (t) => {
  const cycle: Record<string, unknown> = { name: 'ring' }
  cycle.self = [cycle]
  const shared = { a: 1 }
  const cases: Array<[unknown, object]> = [
    [function notify () {}, opaque('function notify')],
    [() => {}, opaque('function')],
    [class Foo {}, opaque('class Foo')],
    [Symbol('mark'), opaque('symbol mark')],
    [Symbol.for('a\nb\0'), opaque('symbol ab')],
    [new (class Foo {})(), opaque('instance of Foo')],
    [new URL('https://example.org'), opaque('instance of URL')],
    [Object.create({ inherited: 1 }), opaque('instance of Object')],
    [new Date(NaN), opaque('invalid date')],
    [Promise.resolve(1), opaque('instance of Promise')],
    [new Error('hunter2'), opaque('instance of Error')],
    [cycle, { name: 'ring', self: [opaque('cycle')] }],
    [[shared, shared], [{ a: 1 }, { a: 1 }]],
    [Object.create(ModelReference.prototype), opaque('instance of ModelReference')],
    [Object.create(Opaque.prototype), opaque('instance of Opaque')],
    [Object.create(Sensitive.prototype), opaque('unreadable')],
    [Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    [Object.assign(Object.create(Object.create(null)), { a: 1 }), { a: 1 }]
  ]
  for (const [value, expected] of cases) {
    const encoded = encodeContext({ value }, new Vault())
    t.strictSame(encoded.value, expected)
    t.strictSame(encodeContext(decode(encoded), new Vault()), encoded)
  }
  const [word] = [trip(() => {})]
  t.ok(word instanceof Opaque && word.text === 'function')
})

t.test('codec: too deep and too large is told, not stored', async (t) => {
  const nest = (levels: number): unknown => levels === 0 ? 'core' : { in: nest(levels - 1) }
  t.match(JSON.stringify(encode(nest(32))), /core/)
  t.match(JSON.stringify(encode(nest(33))), /^(\{"in":){32}\{"\$type":"opaque","text":"too deep"\}\}+$/)
  t.strictSame(trip(nest(32)), nest(32))
  const large = opaque('too large')
  const members = (count: number): object => Object.fromEntries([...Array(count).keys()].map((index) => [`k${index}`, index]))
  const longest = 'x'.repeat(262144)
  t.equal(encode(longest), longest)
  t.strictSame(encode(`${longest}x`), large)
  t.strictSame(encode({ [`${longest}x`]: 1 }), large)
  t.strictSame(encode(members(1000)), members(1000))
  t.strictSame(encode(members(1001)), large)
  t.strictSame(encode(Array(1001).fill(0)), large)
  t.strictSame(encode(new Set(Array(1001).keys())), large)
  t.strictSame(encode(new Map([...Array(1001).keys()].map((key) => [key, 0]))), large)
  t.match(encode(new Uint8Array(65536)), { $type: 'bytes' })
  t.strictSame(encode(new Uint8Array(65537)), large)
  t.strictSame(encode(10n ** 262144n), large)
  t.strictSame(encode(new ModelReference({ app: 'a', modelName: 'b', pk: 1, name: `${longest}x` })), large)
  t.strictSame(encode({ ...ada, email: `${longest}x` }), large)
  t.strictSame(encodeContext({ [`${longest}x`]: 1, a: 1 }, new Vault()), { a: 1 })
})

t.test('codec: a context has bounds as a whole', async (t) => {
  const wide = Array.from({ length: 20 }, () => Array(1000).fill(1))
  const encoded = encodeContext({ wide, after: { x: 1 } }, new Vault())
  t.equal(JSON.stringify(encoded).match(/\b1\b/g)?.length, 10000 - 11, 'eleven lists and what is in them')
  t.strictSame(encoded.after, opaque('too large'))
  t.strictSame(encodeContext(decode(encoded), new Vault()), encoded)
  const texts = JSON.stringify(encode(Array(100).fill('x'.repeat(65536))))
  t.ok(texts.length < 4300000 && texts.includes('too large'))
})

t.test('codec: an object that refers to itself many times over costs no more than its bound', async (t) => {
  let bomb: unknown[] = ['x']
  for (let level = 0; level < 30; level += 1) bomb = Array(10).fill(bomb)
  t.ok(JSON.stringify(encode(bomb)).length < 2000000)
  const endless = (): object => new Proxy({ a: 1, b: 2 }, { get: (_target, key) => key === 'a' || key === 'b' ? endless() : undefined })
  const told = JSON.stringify(encode(endless()))
  t.ok(told.length < 2000000 && told.includes('too deep') && told.includes('too large'))
})

t.test('codec: a key never becomes a prototype', async (t) => {
  const hostile = JSON.parse('{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},"prototype":{"admin":true}}')
  const encoded = encodeContext({ ...hostile, hostile, map: new Map([['__proto__', 1]]) }, new Vault())
  const decoded = decode(encoded)
  for (const value of [encoded, encoded.hostile, decoded, decoded.hostile]) {
    t.equal(Object.getPrototypeOf(value), Object.prototype)
    t.strictSame(Object.keys(Object(value)).slice(0, 2), ['constructor', 'prototype'], '__proto__ is left out, the others are data')
  }
  t.equal(Reflect.get({}, 'admin'), undefined)
  const stored = decode(fromJson('{"__proto__":{"admin":1},"a":{"__proto__":{"admin":1}},"b":{"$type":"__proto__"},"c":{"$type":"constructor"}}'))
  t.equal(Reflect.get(stored, 'admin'), undefined)
  t.equal(Reflect.get(Object(stored.a), 'admin'), undefined)
  t.strictSame([stored.b, stored.c], [new Opaque('unreadable'), new Opaque('unreadable')])
})

t.test('codec: no value makes it throw', async (t) => {
  const boom = (): never => { throw new Error('boom') }
  const revoked = (target: object): object => {
    const { proxy, revoke } = Proxy.revocable(target, {})
    revoke()
    return proxy
  }
  const traps = { get: boom, has: boom, ownKeys: boom, getPrototypeOf: boom, getOwnPropertyDescriptor: boom }
  const later = (() => {
    let reads = 0
    return Object.defineProperty({ ...stranger }, 'username', { enumerable: true, get: () => reads++ === 0 ? 'eve' : boom() })
  })()
  const named = Object.defineProperty(() => {}, 'name', { get: boom })
  const cases: Array<[unknown, object | string]> = [
    [revoked({}), opaque('unreadable')],
    [revoked([]), opaque('unreadable')],
    [revoked(() => {}), opaque('function')],
    [new Proxy({}, traps), opaque('unreadable')],
    [new Proxy([], traps), opaque('unreadable')],
    [new Proxy(new Date(0), {}), opaque('instance of Date')],
    [new Proxy(new Sensitive('x'), {}), opaque('unreadable')],
    [named, opaque('function')],
    [{ get bad () { return boom() }, good: 1 }, { bad: opaque('unreadable'), good: 1 }],
    [Object.fromEntries([['toJSON', boom], ['valueOf', boom]]), { toJSON: opaque('function boom'), valueOf: opaque('function boom') }],
    [Object.assign(new Date(0), Object.fromEntries(['toISOString', 'getTime', 'toJSON'].map((name) => [name, boom]))),
      { $type: 'date', iso: '1970-01-01T00:00:00.000Z' }],
    [Object.defineProperty(new Uint8Array(1), 'byteLength', { get: boom }), opaque('unreadable')],
    [Object.assign(new Set([1]), { values: boom, [Symbol.iterator]: boom }), { $type: 'set', items: [1] }],
    [Object.assign(new Map([[1, 2]]), { entries: boom, [Symbol.iterator]: boom }), { $type: 'map', entries: [[1, 2]] }],
    [Object.assign([1], { map: boom, [Symbol.iterator]: boom }), [1]],
    [Object.create({ get constructor () { return boom() } }), opaque('unreadable')],
    [Object.create({ constructor: {} }), opaque('instance of unknown')]
  ]
  for (const [value, expected] of cases) t.strictSame(encode(value), expected)
  t.match(encode(later), { $type: 'subject' })
  t.strictSame(encodeContext(new Proxy({}, traps), new Vault()), {})
  t.strictSame(encodeContext(Object.assign(Object.create({ a: 1 }), { b: 1 }), new Vault()), {}, 'a context is a plain object')
  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true
  })
  fc.assert(fc.property(anything, (value) => {
    const vault = new Vault()
    const encoded = encodeContext({ value }, vault)
    const stored = fromJson(JSON.stringify(encoded))
    const again = encodeContext(decodeContext(stored, vault), vault)
    const settled = encodeContext(decodeContext(again, vault), vault)
    return isDeepStrictEqual(stored, encoded) && isDeepStrictEqual(settled, again)
  }), { numRuns: 1000 })
})

t.test('codec: a stored context that was altered is read as far as it goes', async (t) => {
  const tags = ['user', 'subject', 'secret', 'model', 'date', 'bytes', 'bigint', 'set', 'map', 'opaque', 'object', 'other', 7, null]
  for (const $type of tags) t.strictSame(decode({ a: { $type } }).a, new Opaque('unreadable'), String($type))
  const wrong = ['{"$type":"map","entries":[[1]]}', '{"$type":"map","entries":[7]}', '{"$type":"date","iso":"soon"}',
    '{"$type":"bigint","digits":"1.5"}', '{"$type":"user","pk":null,"username":"","email":""}']
  for (const text of wrong) t.strictSame(decode(fromJson(`{"a":${text}}`)).a, new Opaque('unreadable'), text)
  t.match(decode({ a: { $type: 'subject', subject: { attributes: 5, groups: 5, isSuperuser: 'yes' } } }).a, {
    pk: null, username: '', isSuperuser: false, groups: [], attributes: {}
  })
  t.match(JSON.stringify(decode(fromJson(`{"a":${'['.repeat(500)}${']'.repeat(500)}}`))), /too deep/)
  t.match(decode({ a: { $type: 'subject', subject: {} } }).a, { attributes: {} })
})
