import { Value } from '@sinclair/typebox/value'
import fc from 'fast-check'
import t from 'tap'
import { Sensitive } from '../../lib/context/sensitive.js'
import type { Prompt } from '../../lib/model/prompt.js'
import type { PromptFunctions } from '../../lib/policies/prompt-function.js'
import { promptStage } from '../../lib/stages/prompt.js'
import { FakeUsers, makeUser } from '../fake-users.js'
import { makeLookup, makePrompt, makeTurn, outcome, type TurnOverrides } from '../turn.js'

const POLICY = '11111111-1111-4111-8111-111111111111'

type Asked = Partial<Prompt> & Pick<Prompt, 'fieldKey'>

function turnOf (asked: readonly Asked[], overrides: TurnOverrides & { functions?: Record<string, PromptFunctions> } = {}) {
  const prompts = asked.map(makePrompt)
  const promptFunctions = Object.fromEntries(prompts.flatMap(({ pk, fieldKey }) => {
    const functions = overrides.functions?.[fieldKey]
    return functions === undefined ? [] : [[pk, functions]]
  }))
  return makeTurn(promptStage, {
    ...overrides,
    options: { fields: prompts.map(({ pk }) => pk), ...overrides.options },
    definitions: { prompts, promptFunctions }
  })
}

async function shown (turn: ReturnType<typeof turnOf>) {
  return (await promptStage.challenge(turn)).fields
}

async function faultOf (asked: Asked, sent: unknown) {
  const result = await promptStage.respond(turnOf([asked]), sent === undefined ? {} : { [asked.fieldKey]: sent })
  return result.kind === 'refused' ? result.faults[0] : result.kind
}

async function valueOf (asked: Asked, sent: unknown) {
  const turn = turnOf([asked])
  await promptStage.respond(turn, { [asked.fieldKey]: sent })
  return turn.context.prompt_data?.[asked.fieldKey]
}

t.test('prompt: the challenge lists the fields by order with everything that a page shows', async (t) => {
  const turn = turnOf([
    { fieldKey: 'second', type: 'dropdown', order: 2, placeholder: 'only', required: false },
    {
      fieldKey: 'first', type: 'text', order: 1, label: 'First', placeholder: 'Type', initialValue: 'x', subText: '<b>sub</b>'
    }
  ])
  t.strictSame(await shown(turn), [
    {
      fieldKey: 'first',
      label: 'First',
      type: 'text',
      required: true,
      placeholder: 'Type',
      initialValue: 'x',
      order: 1,
      subText: '<b>sub</b>',
      choices: null
    },
    {
      fieldKey: 'second',
      label: 'second',
      type: 'dropdown',
      required: false,
      placeholder: '',
      initialValue: 'only',
      order: 2,
      subText: '',
      choices: ['only']
    }
  ])
  t.ok(Value.Check(promptStage.challengeSchema, { fields: await shown(turn) }), 'it fits its schema')
})

t.test('prompt: the context comes before the function, and the function before the text', async (t) => {
  const functions = { name: { initialValue: () => 'from the function', placeholder: async () => 42 } }
  const asked: Asked = {
    fieldKey: 'name', initialValue: 'text', placeholder: 'hint', initialValueExpression: true, placeholderExpression: true
  }
  t.match(await shown(turnOf([asked], { functions })), [{ initialValue: 'from the function', placeholder: '42' }])
  t.match(await shown(turnOf([asked])), [{ initialValue: 'text', placeholder: 'hint' }], 'without functions')
  t.match(await shown(turnOf([{ ...asked, initialValueExpression: false, placeholderExpression: false }], { functions })),
    [{ initialValue: 'text', placeholder: 'hint' }], 'with expressions off')
  t.match(await shown(turnOf([asked], { functions, context: { prompt_data: { name: 'from before' } } })),
    [{ initialValue: 'from before' }])
})

t.test('prompt: a function that fails leaves the text and tells the log nothing of what was typed', async (t) => {
  const fail = (thrown: unknown) => () => { throw thrown }
  const asked: Asked = {
    fieldKey: 'name', initialValue: 'text', placeholder: 'hint', initialValueExpression: true, placeholderExpression: true
  }
  const turn = turnOf([asked], { functions: { name: { initialValue: fail(new RangeError('s3cret')), placeholder: fail('s3cret') } } })
  t.match(await shown(turn), [{ initialValue: 'text', placeholder: 'hint' }])
  t.strictSame(turn.recorded.logged.map(({ level, details }) => ({ level, ...details })), [
    { level: 'warn', prompt: 'name', field: 'initialValue', error: 'RangeError' },
    { level: 'warn', prompt: 'name', field: 'placeholder', error: 'string' }
  ])
})

t.test('prompt: a function sees the subject and the context', async (t) => {
  const user = makeUser({ username: 'ann' })
  const turn = turnOf([{ fieldKey: 'username', type: 'username', initialValueExpression: true }], {
    context: { pending_user: user, flavour: 'mint' },
    functions: { username: { initialValue: ({ user, context }) => `${user?.username} ${String(context.flavour)}` } }
  })
  t.match(await shown(turn), [{ initialValue: 'ann mint' }])
})

t.test('prompt: choices come from the context, a function or the placeholder', async (t) => {
  const asked: Asked = { fieldKey: 'size', type: 'radio-button-group', placeholder: 'literal', placeholderExpression: true }
  const choices = async (answer: unknown, context = {}) => {
    const [field] = await shown(turnOf([asked], { context, functions: { size: { placeholder: () => answer } } }))
    return { choices: field?.choices, initialValue: field?.initialValue, placeholder: field?.placeholder }
  }
  t.strictSame(await choices(['s', 42, true]), { choices: ['s', '42', 'True'], initialValue: 's', placeholder: '' })
  t.strictSame(await choices('one'), { choices: ['one'], initialValue: 'one', placeholder: '' })
  t.strictSame(await choices([]), { choices: null, initialValue: '', placeholder: '' })
  t.strictSame(await choices(null), { choices: null, initialValue: '', placeholder: '' })
  t.strictSame(await choices(['s'], { prompt_data: { size__choices: ['m', 'l'], size: 'l' } }),
    { choices: ['m', 'l'], initialValue: 'l', placeholder: '' })
  t.strictSame(await choices(['s', 'm'], { prompt_data: { size: 'xxl' } }),
    { choices: ['s', 'm'], initialValue: 's', placeholder: '' }, 'an initial value that is no choice')
  const [literal] = await shown(turnOf([{ ...asked, placeholderExpression: false, placeholder: '' }]))
  t.equal(literal?.choices, null, 'a blank placeholder is no choice')
})

t.test('prompt: values are shown as text, secrets not at all', async (t) => {
  const initialValue = async (value: unknown, type: Prompt['type'] = 'text') =>
    (await shown(turnOf([{ fieldKey: 'a', type }], { context: { prompt_data: { a: value } } })))[0]?.initialValue
  const cycle: Record<string, unknown> = {}
  cycle.self = cycle
  t.equal(await initialValue(true), 'True')
  t.equal(await initialValue(false), 'False')
  t.equal(await initialValue(1.5), '1.5')
  t.equal(await initialValue(12n), '12')
  t.equal(await initialValue({ a: [1] }), '{"a":[1]}')
  t.equal(await initialValue(new Date(0)), '1970-01-01T00:00:00.000Z')
  t.equal(await initialValue(new Date(NaN)), '')
  t.equal(await initialValue(cycle), '')
  t.equal(await initialValue({ toJSON: () => undefined }), '')
  t.equal(await initialValue(() => 'x'), '')
  t.equal(await initialValue(new Sensitive('s3cret')), '')
  t.equal(await initialValue('s3cret', 'password'), '')
  const [field] = await shown(turnOf([{ fieldKey: 'a', type: 'password', initialValue: 's3cret' }]))
  t.equal(field?.initialValue, '')
})

t.test('prompt: the answer has a member per field that can be answered, under its own key', async (t) => {
  const turn = turnOf([
    { fieldKey: 'attributes.settings.locale', type: 'ak-locale' },
    { fieldKey: 'firstName' },
    { fieldKey: 'password', type: 'password' },
    { fieldKey: 'again', type: 'password', required: false },
    { fieldKey: 'tick', type: 'checkbox' },
    { fieldKey: 'age', type: 'number', required: false },
    { fieldKey: 'h', type: 'hidden' },
    { fieldKey: 's', type: 'static' },
    { fieldKey: 'r', type: 'text_read_only' },
    { fieldKey: 'ra', type: 'text_area_read_only' },
    { fieldKey: '-', type: 'separator' }
  ])
  const { properties, required } = promptStage.answerSchema(turn)
  t.strictSame(Object.keys(properties), ['attributes.settings.locale', 'firstName', 'password', 'again', 'tick', 'age'])
  t.strictSame(required, ['attributes.settings.locale', 'firstName', 'password'], 'a checkbox is never required')
  t.match(properties.firstName, { type: 'string', wireName: 'firstName', blank: false })
  t.match(properties.password, { type: 'string', sensitive: true, blank: false })
  t.notOk('blank' in (properties.again ?? {}), 'blank is an answer where none is required')
})

t.test('prompt: what a required field needs', async (t) => {
  const blank = { string: 'This field may not be blank.', code: 'blank' }
  t.strictSame(await faultOf({ fieldKey: 'a' }, undefined), { field: 'a', string: 'This field is required.', code: 'required' })
  t.strictSame(await faultOf({ fieldKey: 'a' }, null), { field: 'a', string: 'This field may not be null.', code: 'null' })
  for (const type of ['text', 'text_area', 'username', 'email', 'ak-locale', 'number', 'dropdown', 'date', 'file'] as const) {
    t.match(await faultOf({ fieldKey: 'a', type }, ''), blank, type)
    t.equal(await faultOf({ fieldKey: 'a', type, required: false }, ''), 'passed', `${type}, not required`)
    t.equal(await faultOf({ fieldKey: 'a', type, required: false }, undefined), 'passed', `${type}, left out`)
  }
  t.match(await faultOf({ fieldKey: 'a', type: 'username' }, '  '), blank)
  t.match(await faultOf({ fieldKey: 'a', type: 'password' }, new Sensitive('')), blank)
  t.match(await faultOf({ fieldKey: 'a', type: 'password' }, new Sensitive(undefined)), blank)
  t.equal(await faultOf({ fieldKey: 'a', type: 'checkbox' }, undefined), 'passed')
})

t.test('prompt: a blank that is not required clears text and leaves the rest alone', async (t) => {
  t.equal(await valueOf({ fieldKey: 'a', required: false }, ''), '')
  t.equal(await valueOf({ fieldKey: 'a', type: 'email', required: false }, ' '), '')
  t.equal(await valueOf({ fieldKey: 'a', type: 'username', required: false }, ''), undefined)
  t.equal(await valueOf({ fieldKey: 'a', type: 'password', required: false }, new Sensitive('')), undefined)
  t.equal(await valueOf({ fieldKey: 'a', type: 'date', required: false }, ''), undefined)
})

t.test('prompt: every type takes its values and says what is wrong with others', async (t) => {
  const date = 'Date has wrong format. Use one of these formats instead: YYYY-MM-DD.'
  const dateTime = 'Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].'
  const cases: ReadonlyArray<{ type: Prompt['type'], right: readonly (readonly [unknown, unknown])[], wrong: readonly unknown[], fault: string }> = [
    { type: 'text', right: [[' kept ', ' kept ']], wrong: [1, {}, [], true], fault: 'Not a valid string.' },
    { type: 'ak-locale', right: [['de', 'de']], wrong: [1], fault: 'Not a valid string.' },
    { type: 'username', right: [[' ann ', 'ann']], wrong: [7], fault: 'Not a valid string.' },
    { type: 'password', right: [], wrong: ['never in clear', 7], fault: 'Not a valid string.' },
    { type: 'email', right: [], wrong: [7], fault: 'Not a valid string.' },
    {
      type: 'email',
      right: [['a.b+c@example.org', 'a.b+c@example.org'], [' a@b.example ', 'a@b.example'], ['a@localhost', 'a@localhost']],
      wrong: ['a', '@b.example', 'a@', 'a@b', 'a b@c.example', 'a@-b.example', 'a@b-.example', '.a@b.example', 'a@b..example',
        `${'a'.repeat(320)}@b.example`],
      fault: 'Enter a valid email address.'
    },
    {
      type: 'number',
      right: [[42, 42], ['42', 42], [' -7 ', -7], ['+3', 3]],
      wrong: [1.5, '1.5', 'x', true, {}, '99999999999999999999', 2 ** 60, '1e3', NaN],
      fault: 'A valid integer is required.'
    },
    {
      type: 'checkbox',
      right: [[true, true], [false, false], ['on', true], ['True', true], [1, true], ['off', false], [0, false], ['', false]],
      wrong: ['maybe', 2, {}, []],
      fault: 'Must be a valid boolean.'
    },
    {
      type: 'date',
      right: [['2024-02-29', '2024-02-29'], ['2000-02-29', '2000-02-29'], ['2024-04-30', '2024-04-30']],
      wrong: ['2023-02-29', '1900-02-29', '2024-04-31', '2024-13-01', '2024-00-10', '2024-01-00', '0000-01-01', '1.2.2024', '2024-1-1'],
      fault: date
    },
    { type: 'date', right: [], wrong: [20240101], fault: 'Not a valid string.' },
    {
      type: 'date-time',
      right: [['2024-02-29T23:59', '2024-02-29T23:59'], ['2024-02-29T23:59:59.123456Z', '2024-02-29T23:59:59.123456Z'],
        ['2024-02-29 00:00:00+02:00', '2024-02-29 00:00:00+02:00']],
      wrong: ['2024-02-29', '2023-02-29T10:00', '2024-02-29T24:00', '2024-02-29T10:60', '2024-02-29T10:00:61', '2024-02-29T10:00+25:00', 'now'],
      fault: dateTime
    },
    {
      type: 'file',
      right: [['data:text/plain;base64,aGk=', 'data:text/plain;base64,aGk='], ['data:a/b;charset=utf-8;base64,', 'data:a/b;charset=utf-8;base64,']],
      wrong: ['https://example.org/', 'file:///etc/passwd', 'x'],
      fault: 'Invalid scheme'
    },
    { type: 'file', right: [], wrong: ['data:text/plain,hi', 'data:text/plain;base64', 'data:;base64,%%%', 'data:x;base32,AA'], fault: 'Invalid encoding' },
    { type: 'file', right: [], wrong: [7], fault: 'Not a valid string.' }
  ]
  for (const { type, right, wrong, fault } of cases) {
    for (const [sent, kept] of right) t.equal(await valueOf({ fieldKey: 'a', type }, sent), kept, `${type}: ${String(sent)}`)
    for (const sent of wrong) {
      t.strictSame(await faultOf({ fieldKey: 'a', type }, sent), { field: 'a', string: fault, code: 'invalid' }, `${type}: ${JSON.stringify(sent)}`)
    }
  }
  const password = new Sensitive(' s3cret ')
  t.equal(await valueOf({ fieldKey: 'a', type: 'password' }, password), password, 'a password stays wrapped, space and all')
  t.equal(await valueOf({ fieldKey: 'a', type: 'checkbox' }, undefined), false, 'a checkbox that was not ticked')
})

t.test('prompt: only what was offered can be chosen, and it is kept as it was offered', async (t) => {
  const asked: Asked = { fieldKey: 'size', type: 'dropdown', placeholderExpression: true }
  const functions = { size: { placeholder: () => ['', 's', 42, true] } }
  const choose = async (sent: unknown) => {
    const turn = turnOf([asked], { functions })
    const result = await promptStage.respond(turn, { size: sent })
    return result.kind === 'refused' ? result.faults[0] : turn.context.prompt_data?.size
  }
  t.equal(await choose('s'), 's')
  t.equal(await choose('42'), 42)
  t.equal(await choose(42), 42)
  t.equal(await choose('True'), true)
  t.equal(await choose(''), '', 'a blank that was offered')
  t.strictSame(await choose('xl'), { field: 'size', string: '"xl" is not a valid choice.', code: 'invalid_choice' })
  t.strictSame(await choose(['s']), { field: 'size', string: 'Not a valid string.', code: 'invalid' })
  t.match(await faultOf({ fieldKey: 'size', type: 'dropdown' }, 's'), { code: 'invalid_choice' }, 'no choices at all')
})

t.test('prompt: hidden, static and read-only fields take the value of the server', async (t) => {
  const types = ['hidden', 'static', 'text_read_only', 'text_area_read_only'] as const
  const turn = turnOf([...types.map((type) => ({ fieldKey: type, type, initialValue: `own ${type}` })), { fieldKey: 'line', type: 'separator' }],
    { context: { prompt_data: { static: 'from the context', kept: 1 } } })
  const result = await promptStage.respond(turn,
    { hidden: 'evil', static: 'evil', text_read_only: 'evil', text_area_read_only: 'evil', line: 'evil', other: 'evil' })
  t.equal(result.kind, 'passed')
  t.strictSame(turn.context.prompt_data, {
    hidden: 'own hidden',
    static: 'from the context',
    text_read_only: 'own text_read_only',
    text_area_read_only: 'own text_area_read_only',
    kept: 1
  })
})

t.test('prompt: a username must be free, or the subject\'s own', async (t) => {
  const ann = makeUser({ username: 'ann' })
  const bob = makeUser({ username: 'bob' })
  const users = new FakeUsers([ann, bob])
  const choose = (username: string) => promptStage.respond(
    turnOf([{ fieldKey: 'username', type: 'username' }], { users, context: { pending_user: ann } }), { username })
  t.equal((await choose('ann')).kind, 'passed')
  t.equal((await choose('new')).kind, 'passed')
  for (const taken of [' bob', 'Bob', 'BOB']) {
    t.match(await choose(taken), { faults: [{ field: 'username', string: 'Username is already taken.', code: 'invalid' }] }, taken)
  }
  t.equal((await choose('Ann')).kind, 'passed', 'the own name in another case')
})

t.test('prompt: exactly two passwords must be equal', async (t) => {
  const answer = async (texts: readonly string[], required = true) => {
    const turn = turnOf(texts.map((_text, index) => ({ fieldKey: `p${index}`, type: 'password', required })))
    return await promptStage.respond(turn, Object.fromEntries(texts.map((text, index) => [`p${index}`, new Sensitive(text)])))
  }
  t.equal((await answer(['a'])).kind, 'passed')
  t.equal((await answer(['a', 'a'])).kind, 'passed')
  t.strictSame(await answer(['a', 'b']),
    { kind: 'refused', faults: [{ field: null, string: "Passwords don't match.", code: 'invalid' }], final: false })
  t.equal((await answer(['a', ''], false)).kind, 'refused', 'one of them left blank')
  t.equal((await answer(['', ''], false)).kind, 'passed')
  t.equal((await answer(['a', 'b', 'c'])).kind, 'passed')
})

t.test('prompt: validation policies see the answer and refuse it with their messages', async (t) => {
  const answer = async (...[result, ...messages]: Parameters<typeof outcome>) => {
    const turn = turnOf([{ fieldKey: 'a' }], {
      options: { validationPolicies: [POLICY] },
      context: { flavour: 'mint', prompt_data: { before: 1 } },
      askPolicies: () => outcome(result, ...messages)
    })
    return { turn, result: await promptStage.respond(turn, { a: 'x' }) }
  }
  const { turn, result } = await answer('pass')
  t.equal(result.kind, 'passed')
  t.strictSame(turn.recorded.asked, [{ policies: [POLICY], context: { flavour: 'mint', prompt_data: { before: 1, a: 'x' } } }])

  const failed = await answer('fail', 'too short', 'too simple')
  t.strictSame(failed.result, {
    kind: 'refused',
    faults: [{ field: null, string: 'too short', code: 'invalid' }, { field: null, string: 'too simple', code: 'invalid' }],
    final: false
  })
  t.strictSame(failed.turn.context.prompt_data, { before: 1 }, 'nothing is kept of a refused answer')
  t.match((await answer('fail')).result, { kind: 'refused', faults: [{ field: null, string: 'Unknown error' }] })
  t.strictSame((await answer('error', 'inner')).result, { kind: 'denied', message: 'Unknown error' }, 'an error denies')
})

t.test('prompt: what went wrong in a validation policy is not told, what the others say is', async (t) => {
  const failing = (...messages: string[]) => outcome('fail', ...messages).verdicts.map((verdict) => ({ ...verdict, faulty: messages[0] !== 'too short' }))
  const verdicts = [...failing('too short'), ...failing('connect ECONNREFUSED 10.0.0.5')]
  const answer = async (verdicts: ReturnType<typeof failing>) => await promptStage.respond(turnOf([{ fieldKey: 'a' }], {
    options: { validationPolicies: [POLICY] },
    askPolicies: () => ({ result: 'fail', messages: verdicts.flatMap(({ messages }) => messages), verdicts, pure: false })
  }), { a: 'x' })
  t.match(await answer(verdicts), { kind: 'refused', faults: [{ string: 'too short' }] })
  t.notMatch(JSON.stringify(await answer(verdicts)), /ECONNREFUSED/)
  t.match(await answer(verdicts.slice(1)), { kind: 'refused', faults: [{ string: 'Unknown error' }] })
})

t.test('prompt: policies are not asked about an answer that is wrong, and every fault is told', async (t) => {
  const turn = turnOf([{ fieldKey: 'a', order: 1 }, { fieldKey: 'n', type: 'number', order: 2 }], { options: { validationPolicies: [POLICY] } })
  t.match(await promptStage.respond(turn, { n: 'x' }), { faults: [{ field: 'a', code: 'required' }, { field: 'n', code: 'invalid' }] })
  t.strictSame(turn.recorded.asked, [])
})

t.test('prompt: definitions that cannot work are refused', async (t) => {
  const check = (...keys: string[]) => () => {
    const prompts = keys.map((fieldKey, index) => makePrompt({ fieldKey, name: `prompt ${index}`, pk: `${index}` }))
    promptStage.check({ pk: 's', name: 'ask', kind: 'prompt', options: { fields: prompts.map(({ pk }) => pk), validationPolicies: [] } },
      makeLookup({ prompts }))
  }
  t.doesNotThrow(check('a', 'b', 'attributes.a.b', 'toString'))
  for (const key of ['__proto__', 'constructor', 'prototype', 'component']) {
    t.throws(check(key), { code: 'FST_FLOW_DEFINITION', message: new RegExp(`'ask'.*fields: .*'prompt 0' may not be '${key}'`) })
  }
  t.throws(check('a', 'b', 'a'), { message: /two prompts have the field key 'a'/ })
  const turn = makeTurn(promptStage, { options: { fields: ['22222222-2222-4222-8222-222222222222'] } })
  t.throws(() => promptStage.answerSchema(turn), { message: /there is no prompt 22222222/ })
  const noFields = { ...turn, stage: { pk: 's', name: 'ask', kind: 'prompt', options: {} } }
  t.throws(() => promptStage.answerSchema(noFields), { message: /must be a list of prompts/ })
})

t.test('prompt: no body gives a field of the server another value, reaches a prototype or makes it throw', async (t) => {
  const serverValued: ReadonlySet<string> = new Set(['hidden', 'static', 'text_read_only', 'text_area_read_only'])
  const types = [
    'text', 'text_area', 'text_read_only', 'text_area_read_only', 'username', 'email', 'password', 'number', 'checkbox',
    'radio-button-group', 'dropdown', 'date', 'date-time', 'file', 'separator', 'hidden', 'static', 'ak-locale'
  ] as const
  const keys = fc.constantFrom('a', 'b.c', 'toString', 'hasOwnProperty', 'valueOf', 'attributes_x', 'password', 'a__choices')
  const asked = fc.uniqueArray(
    fc.record({ fieldKey: keys, type: fc.constantFrom(...types), required: fc.boolean(), initialValue: fc.constantFrom('', 'own') }),
    { selector: ({ fieldKey }) => fieldKey, maxLength: 8 })
  const sent = fc.oneof(fc.jsonValue(), fc.string(), fc.constantFrom('on', '1', '2024-01-01', 'own', 'a@b.example', 'data:;base64,'))
  const body = fc.oneof(
    fc.dictionary(fc.oneof(keys, fc.constantFrom('__proto__', 'constructor')), sent),
    fc.tuple(...['a', 'b.c', 'toString', 'hasOwnProperty', 'valueOf', 'attributes_x', 'password', 'a__choices'].map((key) =>
      fc.constantFrom('on', '1', 'own', 'x').map((value): [string, unknown] => [key, value]))).map((all) => Object.fromEntries(all)))
  let passes = 0
  await fc.assert(fc.asyncProperty(asked, body, fc.boolean(), async (asked, body, wrapping) => {
    const turn = turnOf(asked)
    const { properties } = promptStage.answerSchema(turn)
    const answer = Object.fromEntries(Object.entries(body).map(([key, value]) =>
      [key, wrapping && typeof value === 'string' && properties[key]?.sensitive === true ? new Sensitive(value) : value]))
    const result = await promptStage.respond(turn, answer)
    if (result.kind === 'refused') return result.faults.length > 0 && turn.context.prompt_data === undefined
    passes++
    const data = turn.context.prompt_data ?? {}
    const fixed = asked.every(({ fieldKey, type, initialValue }) => !serverValued.has(type) || data[fieldKey] === initialValue)
    const clear = asked.every(({ fieldKey, type }) =>
      type !== 'password' || !Object.hasOwn(data, fieldKey) || data[fieldKey] instanceof Sensitive)
    const declared = Object.keys(data).every((key) => asked.some(({ fieldKey }) => fieldKey === key))
    return result.kind === 'passed' && fixed && clear && declared && Object.getPrototypeOf(data) === Object.prototype
  }), { numRuns: 2000 })
  t.ok(passes > 100, `bodies of both sorts were tried (${passes} passed)`)
})

t.test('prompt: a choice that there is not is quoted no longer than need be: refusals stay in the history', async (t) => {
  const fault = await faultOf({ fieldKey: 'choice', type: 'dropdown', placeholder: 'only' }, 'x'.repeat(100_000))
  t.strictSame(fault, { field: 'choice', string: `"${'x'.repeat(100)}" is not a valid choice.`, code: 'invalid_choice' })
})
