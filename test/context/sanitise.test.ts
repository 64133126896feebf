import t from 'tap'
import { encodeContext } from '../../lib/context/codec.js'
import { ModelReference } from '../../lib/context/model-reference.js'
import { sanitiseContext } from '../../lib/context/sanitise.js'
import { MASK, Sensitive } from '../../lib/context/sensitive.js'
import type { PlanContext } from '../../lib/context/plan-context.js'

const show = (context: PlanContext): Record<string, unknown> => sanitiseContext(encodeContext(context, { keep: () => 's1' }))

const person = {
  uuid: 'u',
  username: 'ada',
  name: 'Ada',
  email: 'ada@example.org',
  isActive: true,
  isSuperuser: true,
  groups: [],
  attributes: { phone: '555' },
  passwordChangeDate: '',
  hasUsablePassword: true
}

t.test('sanitise: a value under a secret key is masked as a whole, at any depth', async (t) => {
  const keys = ['password', 'PassWord_repeat', 'api_url', 'x-token', 'TOKENS', 'pubkey', 'monkey', 'client_secret', 'signature', 'HTTP_COOKIE', 'compass']
  const values = ['text', '', 0, null, false, { inner: 1 }, [1, 2], new Date(0), new Map(), { ...person, pk: 1 }]
  for (const key of keys) {
    for (const value of values) {
      t.strictSame(show({ [key]: value }), { [key]: MASK }, key)
      t.strictSame(show({ a: [{ b: { [key]: value } }] }), { a: [{ b: { [key]: MASK } }] }, key)
    }
  }
  t.strictSame(show({ map: new Map([['token', 'x'], ['a', 'y']]) }), { map: { token: MASK, a: 'y' } })
  t.strictSame(show({ odd: { $type: 'user', pin: 1, api: 2 } }), { odd: { $type: 'user', pin: 1, api: MASK } })
})

t.test('sanitise: keys that only look secret are shown', async (t) => {
  const context = { passing: 1, is_passing_through: [2], password_change_date: '2024', PASSING_KEY: 3, cookie: 4, http: 5 }
  t.strictSame(show(context), context)
})

t.test('sanitise: a secret is masked whatever its key', async (t) => {
  const body = show({ pin: new Sensitive('1234'), list: [new Sensitive('5678'), new Sensitive(undefined)], map: new Map([[new Sensitive('9'), 1]]) })
  t.strictSame(body, { pin: MASK, list: [MASK, MASK], map: { [MASK]: 1 } })
})

t.test('sanitise: users and models are told by a few members', async (t) => {
  t.strictSame(show({ pending_user: { ...person, pk: 7 }, people: [{ ...person, pk: null }] }), {
    pending_user: { pk: 7, username: 'ada', email: 'ada@example.org' },
    people: [{ pk: null, username: 'ada', email: 'ada@example.org' }]
  })
  t.strictSame(show({ order: new ModelReference({ app: 'shop', modelName: 'order', pk: 'o1', name: 'First' }) }), {
    order: { app: 'shop', model_name: 'order', pk: 'o1', name: 'First' }
  })
})

t.test('sanitise: what JSON has no form for is a short text', async (t) => {
  const ring: unknown[] = []
  ring.push(ring)
  t.strictSame(show({
    date: new Date(0),
    bytes: ['', 'a', 'ab', 'abc'].map((text) => Buffer.from(text)),
    big: 12345678901234567890n,
    fn: function notify () {},
    set: new Set([1]),
    map: new Map<unknown, unknown>([[1, 'one'], [{ a: 1 }, 'two']]),
    ring
  }), {
    date: '1970-01-01T00:00:00.000Z',
    bytes: ['0 bytes', '1 bytes', '2 bytes', '3 bytes'],
    big: '12345678901234567890',
    fn: 'function notify',
    set: [1],
    map: { 1: 'one', '{"a":1}': 'two' },
    ring: ['cycle']
  })
  t.strictSame(sanitiseContext({ a: { $type: 'other', password: 'x' } }), { a: 'unreadable' })
})

t.test('sanitise: order and falsy items are kept, and no key becomes a prototype', async (t) => {
  t.equal(JSON.stringify(show({ z: [0, '', false, null, {}, []], a: 1, m: { y: 1, b: 2 } })),
    '{"z":[0,"",false,null,{},[]],"a":1,"m":{"y":1,"b":2}}')
  const shown = sanitiseContext(JSON.parse('{"__proto__":{"admin":1},"constructor":{"a":1},"n":{"__proto__":{"admin":1}}}'))
  t.equal(JSON.stringify(shown), '{"constructor":{"a":1},"n":{}}')
  t.equal(Reflect.get(shown, 'admin'), undefined)
})
