import { Type, type TObject, type TSchema } from '@sinclair/typebox'
import fc from 'fast-check'
import t from 'tap'
import { Sensitive } from '../../lib/context/sensitive.js'
import { checkAnswer } from '../../lib/executor/answer.js'
import { Int32, Nullable, SensitiveText, StringEnum } from '../../lib/model/scalars.js'

type Body = Record<string, unknown>

const fault = (string: string, code = 'invalid', field = 'field'): object => ({ faults: [{ field, string, code }] })
const check = (member: TSchema, value: unknown): unknown => checkAnswer(Type.Object({ field: member }), { field: value })
const fromJson = (text: string): Body => JSON.parse(text)

t.test('answer: a body is taken by its wire names, and only what the schema names', async (t) => {
  const schema = Type.Object({ uidField: Type.String(), rememberMe: Type.Boolean(), first_name: Type.String({ wireName: 'first_name' }) })
  const body = { uid_field: 'ada', remember_me: true, first_name: 'Ada', component: 'x', uidField: 'eve', extra: 1 }
  t.strictSame(checkAnswer(schema, body), { answer: { uidField: 'ada', rememberMe: true, first_name: 'Ada' } })
  const odd = Type.Object({ camelCase: Type.String({ wireName: 'camelCase' }) })
  t.strictSame(checkAnswer(odd, { camelCase: 'x', camel_case: 'y' }), { answer: { camelCase: 'x' } })
})

t.test('answer: nothing is taken from a prototype, and nothing becomes one', async (t) => {
  const schema = Type.Object({ toString: Type.Optional(Type.String({ wireName: 'toString' })), constructor: Type.Optional(Type.Unknown()) })
  t.strictSame(checkAnswer(schema, {}), { answer: {} })
  t.strictSame(checkAnswer(schema, Object.create({ toString: 'inherited' })), { answer: {} })
  const any = Type.Object({ data: Type.Object({ name: Type.String() }) })
  const checked = checkAnswer(any, fromJson('{"__proto__":{"admin":1},"data":{"name":"x","__proto__":{"admin":1}}}'))
  t.strictSame(checked, { answer: { data: { name: 'x' } } })
  t.equal(Reflect.get({}, 'admin'), undefined)
})

t.test('answer: what is missing or null is told as the original tells it', async (t) => {
  const schema = Type.Object({ uidField: Type.String(), note: Type.Optional(Type.String()), maybe: Nullable(Type.String()) })
  t.strictSame(checkAnswer(schema, {}), {
    faults: [
      { field: 'uidField', string: 'This field is required.', code: 'required' },
      { field: 'maybe', string: 'This field is required.', code: 'required' }
    ]
  })
  t.strictSame(checkAnswer(schema, { uid_field: null, note: null, maybe: null }), {
    faults: [
      { field: 'uidField', string: 'This field may not be null.', code: 'null' },
      { field: 'note', string: 'This field may not be null.', code: 'null' }
    ]
  })
  t.strictSame(checkAnswer(schema, { uid_field: '', maybe: null }), { answer: { uidField: '', maybe: null } })
})

t.test('answer: each wrong value has its text', async (t) => {
  const limited = Type.String({ minLength: 2, maxLength: 3 })
  const cases: Array<[TSchema, unknown, object]> = [
    [Type.String({ minLength: 1 }), '', fault('This field may not be blank.', 'blank')],
    [Type.String({ blank: false }), '', fault('This field may not be blank.', 'blank')],
    [Nullable(Type.String({ minLength: 1 })), '', fault('This field may not be blank.', 'blank')],
    [Nullable(Type.String(), { blank: false }), '', fault('This field may not be blank.', 'blank')],
    [Type.String(), 5, fault('Not a valid string.')],
    [Type.String(), ['a'], fault('Not a valid string.')],
    [Nullable(Type.String()), {}, fault('Not a valid string.')],
    [Type.Union([Type.String(), Type.Integer()]), true, fault('Not a valid string.')],
    [Type.String(), 'a\0b', fault('Null characters are not allowed.')],
    [Type.Unknown(), '\0', fault('Null characters are not allowed.')],
    [Type.String(), 'a\ud800', fault('The text is not well-formed.')],
    [Type.String(), '\udc00\ud800', fault('The text is not well-formed.')],
    [Type.Integer(), '5', fault('A valid integer is required.')],
    [Type.Integer(), 1.5, fault('A valid integer is required.')],
    [Type.Number(), 'x', fault('A valid number is required.')],
    [Int32(), 2147483648, fault('Ensure this value is less than or equal to 2147483647.', 'max_value')],
    [Type.Integer({ minimum: 0 }), -1, fault('Ensure this value is greater than or equal to 0.', 'min_value')],
    [Type.Boolean(), 'true', fault('Must be a valid boolean.')],
    [Type.Boolean(), 1, fault('Must be a valid boolean.')],
    [StringEnum(['a', 'b']), 'c', fault('"c" is not a valid choice.', 'invalid_choice')],
    [StringEnum(['a', 'b']), 5, fault('"5" is not a valid choice.', 'invalid_choice')],
    [StringEnum(['a', 'b']), Object.create(null), fault('The value is not a valid choice.', 'invalid_choice')],
    [Type.Union([Type.Literal('a'), Type.Literal('b')]), 'c', fault('"c" is not a valid choice.', 'invalid_choice')],
    [Nullable(StringEnum(['a'])), 'c', fault('"c" is not a valid choice.', 'invalid_choice')],
    [limited, 'abcd', fault('Ensure this field has no more than 3 characters.', 'max_length')],
    [limited, 'a', fault('Ensure this field has at least 2 characters.', 'min_length')],
    [Type.String({ pattern: '^a$' }), 'b', fault('Not a valid value.')],
    [Type.String({ format: 'email' }), 'b', fault('Enter a valid email address.')],
    [Type.Array(Type.String()), 'b', fault('Expected a list of items but got type "str".', 'not_a_list')],
    [Type.Array(Type.String()), true, fault('Expected a list of items but got type "bool".', 'not_a_list')],
    [Type.Array(Type.String(), { maxItems: 1 }), ['a', 'b'], fault('Not a valid value.')],
    [Type.Array(Type.String()), ['a', 5], fault('Not a valid string.')],
    [Type.Object({}), [], fault('Invalid data. Expected a dictionary, but got list.')],
    [Type.Record(Type.String(), Type.Unknown()), 1.5, fault('Invalid data. Expected a dictionary, but got float.')],
    [Type.Record(Type.String(), Type.Unknown()), 1, fault('Invalid data. Expected a dictionary, but got int.')],
    [Type.Array(Type.String()), {}, fault('Expected a list of items but got type "dict".', 'not_a_list')],
    [Type.Record(Type.String(), Type.String()), { a: 1 }, fault('Not a valid value.')]
  ]
  for (const [schema, value, expected] of cases) t.strictSame(check(schema, value), expected, JSON.stringify(expected))
})

t.test('answer: what is right is taken as it is', async (t) => {
  const record = { client_data: { a_b: 1 } }
  const cases: Array<[TSchema, unknown]> = [
    [Type.String(), ''], [Type.String({ maxLength: 3 }), 'abc'], [Type.String(), '\u{1f600}'], [Type.Integer(), 5], [Type.Boolean(), false],
    [StringEnum(['a', 'b']), 'b'], [Nullable(Type.String()), null], [Type.Array(Type.Integer()), [1, 2]], [Type.Unknown(), [{ a_b: 1 }]],
    [Type.Record(Type.String(), Type.Unknown()), record], [Nullable(Type.Union([Type.String(), Type.Integer()])), 7]
  ]
  for (const [schema, value] of cases) t.strictSame(check(schema, value), { answer: { field: value } })
})

t.test('answer: objects within are taken by their wire names too', async (t) => {
  const inner = Type.Object({ deviceClass: StringEnum(['totp']), deviceUid: Type.String() })
  const schema = Type.Object({
    selectedChallenge: Type.Optional(inner), many: Type.Optional(Type.Array(inner)), none: Type.Optional(Nullable(inner))
  })
  const sent = { device_class: 'totp', device_uid: '1', challenge: {} }
  const taken = { deviceClass: 'totp', deviceUid: '1' }
  t.strictSame(checkAnswer(schema, { selected_challenge: sent, many: [sent], none: sent }),
    { answer: { selectedChallenge: taken, many: [taken], none: taken } })
  t.strictSame(checkAnswer(schema, { selected_challenge: { device_uid: '1' } }), fault('This field is required.', 'required', 'selectedChallenge'))
  t.strictSame(checkAnswer(schema, { many: [sent, { ...sent, device_class: 'x' }] }), fault('"x" is not a valid choice.', 'invalid_choice', 'many'))
})

t.test('answer: a default stands in for what was not sent, and is a copy', async (t) => {
  const list = ['a']
  const schema = Type.Object({
    flag: Type.Boolean({ default: true }), list: Type.Array(Type.String(), { default: list }), pin: SensitiveText({ default: '0' })
  })
  const checked = checkAnswer(schema, {})
  t.ok('answer' in checked && checked.answer['flag'] === true && checked.answer['pin'] instanceof Sensitive)
  t.ok('answer' in checked && checked.answer['list'] !== list)
  t.strictSame(check(Nullable(Type.String(), { default: null }), undefined), { answer: { field: null } })
  t.strictSame(check(Type.Boolean({ default: true }), null), fault('This field may not be null.', 'null'))
})

t.test('answer: what is sensitive comes out wrapped, wherever the schema says so', async (t) => {
  const code = Type.Union([Type.String(), Type.Integer()], { sensitive: true })
  const cases: Array<[TSchema, unknown]> = [
    [SensitiveText(), 'hunter2'], [Nullable(Type.String({ sensitive: true })), 'hunter2'], [Nullable(Type.String(), { sensitive: true }), 'hunter2'],
    [code, 123456]
  ]
  for (const [schema, value] of cases) {
    const checked = checkAnswer(Type.Object({ field: schema }), { field: value })
    const taken = 'answer' in checked ? checked.answer['field'] : undefined
    t.ok(taken instanceof Sensitive && taken.reveal() === String(value))
  }
  t.strictSame(check(Nullable(Type.String({ sensitive: true })), null), { answer: { field: null } })
  t.strictSame(check(Type.Unknown({ sensitive: true }), { pin: 1 }), fault('Not a valid value.'), 'only a text can be wrapped')
})

t.test('answer: a fault never quotes what is sensitive', async (t) => {
  const schemas = [SensitiveText({ maxLength: 3 }), SensitiveText({ minLength: 99 }), StringEnum(['a'], { sensitive: true }),
    Nullable(StringEnum(['a'], { sensitive: true })), SensitiveText({ pattern: '^$' }), Type.Integer({ sensitive: true })]
  for (const schema of schemas) {
    const told = JSON.stringify(check(schema, 'hunter2'))
    t.match(told, /"faults"/)
    t.notMatch(told, /hunter2/)
  }
})

t.test('answer: no body makes it throw, and what comes out is what the schema says', async (t) => {
  const schema: TObject = Type.Object({
    uidField: Type.String({ minLength: 1 }),
    password: Type.Optional(Nullable(SensitiveText())),
    choice: Type.Optional(StringEnum(['a', 'b'])),
    count: Type.Integer({ default: 1 }),
    inner: Type.Optional(Type.Object({ list: Type.Array(Type.Object({ name: Type.String() })) })),
    data: Type.Optional(Type.Record(Type.String(), Type.Unknown()))
  })
  const anything = fc.anything({ withNullPrototype: true, withDate: true, withBigInt: true, withMap: true })
  const key = fc.constantFrom('uid_field', 'password', 'choice', 'count', 'inner', 'data', '__proto__')
  const inner = fc.record({ list: fc.array(fc.oneof(anything, fc.record({ name: fc.string() }))) })
  const value = fc.oneof(anything, fc.string(), fc.integer(), inner)
  const boxed = anything.map((any): Body => Object(any))
  const body = fc.oneof(fc.dictionary(key, value), fc.dictionary(fc.string(), anything), boxed)
  t.doesNotThrow(() => fc.assert(fc.property(body, (sent) => {
    const checked = checkAnswer(schema, sent)
    if ('faults' in checked) return checked.faults.length > 0
    const { uidField, password, count, ...others } = checked.answer
    return typeof uidField === 'string' && uidField !== '' && Number.isInteger(count) &&
      (password === undefined || password === null || password instanceof Sensitive) &&
      Object.keys(others).every((name) => ['choice', 'inner', 'data'].includes(name))
  }), { numRuns: 3000 }))
  const deep = fromJson(`{"uid_field":"x","data":{"a":${'['.repeat(100000)}${']'.repeat(100000)}}}`)
  t.ok('answer' in checkAnswer(schema, deep))
})
