import t, { type Test } from 'tap'
import fc from 'fast-check'
import { Sensitive } from '../../lib/context/sensitive.js'
import { compileCondition, compileValue, CEL_MAX_LENGTH } from '../../lib/policies/cel.js'
import type { CelFacts } from '../../lib/policies/cel-activation.js'
import { definitionFault } from '../../lib/policies/cel-faults.js'
import { glob, GLOB_MAX_PATTERN, GLOB_MAX_TEXT } from '../../lib/policies/cel-glob.js'
import { makeUser } from '../fake-users.js'
import { makeFlow, NOON } from '../turn.js'

const WHERE = "Policy 'p', field 'expression'"

const ada = makeUser({
  pk: 7,
  username: 'ada',
  name: 'Ada',
  email: 'ada@example.org',
  groups: [{ pk: 'g', name: 'staff', isSuperuser: false }],
  attributes: { level: 3, nested: { list: [1, 2.5] } }
})

function makeFacts (context: Record<string, unknown> = {}, more: Partial<CelFacts> = {}): CelFacts {
  const http = { id: 'r', ip: '192.0.2.1', method: 'GET', path: '/x', origin: 'https://login.example', headers: { accept: '*/*' } }
  return { user: ada, context, http, plan: null, ...more }
}

const judge = (expression: string, context: Record<string, unknown> = {}, more: Partial<CelFacts> = {}) =>
  compileCondition(WHERE, expression).evaluate(makeFacts(context, more))

const allTrue = (t: Test, context: Record<string, unknown>, ...expressions: string[]) => {
  for (const expression of expressions) t.equal(judge(expression, context), true, expression)
}

t.test('cel: the user, and what stands for nobody', async (t) => {
  allTrue(t, {},
    'user.username == "ada" && user.name == "Ada" && user.email.endsWith("@example.org")',
    'user.pk == 7', 'user.is_active && !user.is_superuser', '"staff" in user.groups', 'size(user.uuid) == 36',
    'user.attributes.level >= 3', 'user.attributes.nested.list[1] == 2.5', 'has(user.attributes.level)')
  const nobody = { user: null }
  t.equal(judge('user.pk == null && user.username == "" && user.name == "" && user.email == "" && user.uuid == ""', {}, nobody), true)
  t.equal(judge('user.is_active || user.is_superuser || size(user.groups) > 0 || has(user.attributes.x)', {}, nobody), false)
})

t.test('cel: the request, and that there is none', async (t) => {
  allTrue(t, {}, 'request.ip == "192.0.2.1" && request.method == "GET" && request.path == "/x"',
    'request.origin.startsWith("https://")', 'request.headers.accept == "*/*"', 'glob(request.ip, "192.0.*")')
  t.throws(() => judge('request.ip != "10.0.0.1"', {}, { http: null }), /there is no HTTP request/)
})

t.test('cel: the plan, once there is one', async (t) => {
  const flow = makeFlow({ slug: 'sign-in' })
  const context = { pending_user: ada, is_sso: true }
  const plan = { flow, context, insertStage () {}, redirect () {} }
  t.equal(judge('has(flow_plan.flow)'), false)
  t.equal(compileCondition(WHERE, 'has(flow_plan.flow)').evaluate({ user: null, context: {}, http: null }), false)
  t.equal(judge('flow_plan.flow.slug == "sign-in" && flow_plan.context.is_sso', {}, { plan }), true)
  t.equal(judge('flow_plan.context.pending_user.is_active && context.pending_user.username == "ada"', context, { plan }), true)
})

t.test('cel: numbers of JavaScript compare, add and are found as one would write them', async (t) => {
  allTrue(t, { n: 3, half: 2.5, big: 2 ** 60, negative: -1, list: [1, 2, 3] },
    'context.n > 2', 'context.n == 3', '3 == context.n', 'context.n != 4', 'context.n + 1 == 4', 'context.n <= 3.5',
    'context.half > 2', 'context.half == 2.5', 'context.big > 1', '-context.negative == 1', 'context.n in context.list',
    'context.list[2] == 3', 'context.list.exists(x, x > 2)', 'size(context.list) == 3', 'double(context.n) / 2.0 == 1.5')
})

t.test('cel: other values of the context', async (t) => {
  allTrue(t, {
    text: 'abc',
    nothing: null,
    absent: undefined,
    call: () => 1,
    symbol: Symbol('s'),
    when: new Date(NOON),
    bytes: new Uint8Array([97]),
    set: new Set(['x']),
    map: new Map<unknown, unknown>([['k', 1], [2, 'not text']]),
    holes: [() => 1, 2]
  },
  'context.text == "abc"', 'context.nothing == null', 'null != context.text', '!has(context.absent)', '!has(context.call)',
  '!has(context.symbol)', 'context.when > timestamp("2024-01-01T00:00:00Z") && context.when.getFullYear() == 2024',
  'string(context.bytes) == "a"', '"x" in context.set', 'context.map.k == 1 && size(context.map) == 1', 'context.holes[0] == null')
})

t.test('cel: a missing key is an error, and has() tells', async (t) => {
  t.throws(() => judge('context.a == 1'), { code: 'FST_FLOW_EXPRESSION', message: "The expression failed: no such key 'a' (line 1, column 9)" })
  t.throws(() => judge('has(context.a.b)'), { code: 'FST_FLOW_EXPRESSION' })
  t.equal(judge('has(context.a) && context.a == 1'), false)
  t.equal(judge('has(context.a) && context.a == 1', { a: 1 }), true)
})

t.test('cel: types are checked when the expression is defined', async (t) => {
  const refused: Array<[string, RegExp]> = [
    ['user.usernam == "x"', /No such key: usernam \(line 1, column 6\)/],
    ['user.username == 3', /no such overload: string == int/],
    ['user.groups', /the result is of type 'list<string>', it must be 'bool'/],
    ['request.port == 1', /No such key: port/],
    ['true &&\n  nobody == 1', /Unknown variable: nobody; there are user, context, request and flow_plan \(line 2, column 3\)/],
    ['return True', /Reserved identifier: return \(line 1, column 1\)/],
    ['', /Unexpected character|Unexpected token/]
  ]
  for (const [expression, message] of refused) {
    t.throws(() => compileCondition(WHERE, expression), { code: 'FST_FLOW_DEFINITION', message }, expression)
  }
  t.throws(() => compileCondition(WHERE, '1'), { message: /^Policy 'p', field 'expression': / })
  t.equal(definitionFault(new RangeError('of the evaluator'), '1'), 'the expression is not CEL')
})

t.test('cel: a result that turns out to be no boolean is an error', async (t) => {
  t.equal(judge('context.flag', { flag: true }), true)
  for (const flag of [1, 'true', null, {}]) {
    t.throws(() => judge('context.flag', { flag }), { code: 'FST_FLOW_EXPRESSION', message: /not a boolean/ })
  }
})

t.test('cel: regular expressions are refused wherever they stand, and what else is not offered', async (t) => {
  for (const expression of [
    '"a".matches("b")', 'context.s.matches("b")', '[1].exists(x, "a".matches("b"))', '!(true && "a".matches("b"))',
    '{"k": "a".matches("b")}["k"]', 'true ? "a".matches("b") : false', 'has(context.s) && size(["a".matches("b")]) == 1'
  ]) {
    t.throws(() => compileCondition(WHERE, expression), {
      message: /matches\(\) is not available.*startsWith\(\), endsWith\(\), contains\(\) or glob\(text, pattern\)/
    }, expression)
  }
  for (const expression of ['cel.bind(a, 1, a == 1)', '["a"].join("b") == ""', 'b"{}".json() == {}', '"a".split("") == []', 'now() == 1', 'type(1) == int']) {
    t.throws(() => compileCondition(WHERE, expression), { message: /there is no function/ }, expression)
  }
})

t.test('cel: an expression is bounded in length, parts, depth and loops', async (t) => {
  const refused: Array<[string, RegExp]> = [
    [`"${'x'.repeat(CEL_MAX_LENGTH)}" == ""`, /at most 4096/],
    [Array(200).fill('1==1').join('&&'), /maxAstNodes/],
    ['('.repeat(40) + 'true' + ')'.repeat(40), /maxDepth/],
    [`1 in [${Array(101).fill('1').join(',')}]`, /maxListElements/],
    ['[1].all(a, [1].all(b, [1].all(c, true)))', /more than 2 loops/],
    ['[1].map(a, a).map(b, b).exists(c, true)', /more than 2 loops/],
    ['[1].all(a, [1].all(b, b in [1]))', /more than 2 loops/]
  ]
  for (const [expression, message] of refused) {
    t.throws(() => compileCondition(WHERE, expression), { code: 'FST_FLOW_DEFINITION', message })
  }
  t.equal(judge('[1, 2].all(a, [3, 4].exists(b, b > a))'), true)
  t.equal(judge('[1, 2].all(a, a in [1, 2])'), true)
})

t.test('cel: values are bounded in size and depth', async (t) => {
  let deep: unknown = 1
  for (let i = 0; i < 40; i++) deep = [deep]
  t.throws(() => judge('context.deep == 1', { deep }), { code: 'FST_FLOW_EXPRESSION', message: /nested deeper/ })
  t.throws(() => judge('size(context.long) > 1', { long: Array(1001).fill(1) }), { code: 'FST_FLOW_EXPRESSION', message: /more than 1000/ })
  const wide = Object.fromEntries(Array.from({ length: 1001 }, (_item, i) => [`k${i}`, i]))
  t.throws(() => judge('context.wide.k1 == 1', { wide }), { code: 'FST_FLOW_EXPRESSION', message: /more than 1000/ })
  const cyclic: Record<string, unknown> = { n: 1 }
  cyclic['self'] = cyclic
  t.equal(judge('context.self.self.n == 1', cyclic), true, 'a cycle is followed only as far as asked')
  t.equal(judge('context.n == 1', { n: 1, deep }), true, 'what is not asked for does not matter')
})

t.test('cel: nothing of JavaScript can be reached', async (t) => {
  const context: Record<string, unknown> = JSON.parse('{"m": {"__proto__": {"x": 1}, "constructor": "evil"}, "s": "abc", "list": [1]}')
  for (const name of ['constructor', '__proto__', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__']) {
    for (const target of ['context', 'context.s', 'context.list', 'user.attributes', 'request.headers', 'flow_plan', 'dyn({"a": 1})', 'dyn(user)', 'dyn(request)']) {
      t.throws(() => judge(`${target}.${name} == 1`, context), { code: 'FST_FLOW_EXPRESSION' }, `${target}.${name}`)
      t.throws(() => judge(`dyn(${target})["${name.slice(0, 4)}" + "${name.slice(4)}"] == 1`, context), { code: 'FST_FLOW_EXPRESSION' })
    }
    t.throws(() => compileCondition(WHERE, `user.${name} == 1`), { code: 'FST_FLOW_DEFINITION' })
    t.throws(() => compileCondition(WHERE, `${name} == 1`), { code: 'FST_FLOW_DEFINITION' })
    t.equal(judge(`has(user.${name})`), false)
    t.equal(judge(`"${name}" in context`), false)
  }
  t.equal(judge('context.m.__proto__.x == 1', context), true, 'an own member of that name is a member like others')
  t.throws(() => judge('context.m.constructor == "evil"', context), { code: 'FST_FLOW_EXPRESSION' }, 'but one named constructor is left out')
  t.equal(Object.hasOwn(Object.prototype, 'x'), false)
})

t.test('cel: a condition may judge what is sensitive, and its errors do not quote it', async (t) => {
  const secret = 'correct horse'
  const context = { prompt_data: { password: new Sensitive(secret), dropped: new Sensitive(undefined) }, text: secret }
  t.equal(judge('context.prompt_data.password == "correct horse"', context), true)
  t.equal(judge('has(context.prompt_data.dropped)', context), false)
  for (const expression of [
    'context[context.prompt_data.password] == 1', 'bool(context.text)', 'timestamp(context.text) > timestamp(0)', 'int(context.text) > 1',
    'context.text > 1', 'context.text.nothing == 1', 'context.text', 'duration(context.text) == duration("1s")', '[1][context.text] == 1',
    'context.text.getFullYear() == 1', 'context.text ? true : false', '-context.text == 1', '{"a": 1}[context.text] == 1'
  ]) {
    const error = caught(() => judge(expression, context))
    t.match(error, { code: 'FST_FLOW_EXPRESSION' }, expression)
    t.notMatch(`${error.message} ${error.stack} ${JSON.stringify(error)} ${error.cause}`, /horse/, expression)
  }
})

t.test('cel: a value to be shown never holds what is sensitive, and is plain', async (t) => {
  const context = { n: 3, when: new Date(NOON), deep: { list: [1, { a: 2.5 }] }, secret: new Sensitive('x'), wrapped: { s: new Sensitive('x'), a: 1 } }
  const value = (expression: string) => compileValue("Prompt 'p'", expression).evaluate(makeFacts(context))
  t.equal(value('user.name + "!"'), 'Ada!')
  t.equal(value('context.n'), 3)
  t.equal(value('9007199254740993'), '9007199254740993')
  t.equal(value('context.when'), '2024-09-01T12:00:00.000Z')
  t.strictSame(value('context.deep'), { list: [1, { a: 2.5 }] })
  t.strictSame(value('user.groups.map(g, g.upperAscii())'), ['STAFF'])
  t.strictSame(value('context.wrapped'), { a: 1 })
  t.throws(() => value('context.secret'), { code: 'FST_FLOW_EXPRESSION' })
  t.throws(() => value('user'), { code: 'FST_FLOW_EXPRESSION' })
  t.equal(compileValue('w', 'user.name').usesOnlyUser, true)
})

t.test('cel: only an expression about the user alone is taken for one', async (t) => {
  const only = (expression: string) => compileCondition(WHERE, expression).usesOnlyUser
  t.equal(only('true'), true)
  t.equal(only('user.groups.exists(g, glob(g, "s*")) && user.attributes["x"] == 1'), true)
  for (const expression of [
    'user.is_active && context.x', '[1].exists(x, x == context.x)', 'has(context.x)', 'has(request.ip)', 'user.attributes[request.ip] == 1',
    'size({"k": flow_plan}) == 1', 'true ? true : context.x', 'glob(user.name, context.pattern)'
  ]) t.equal(only(expression), false, expression)
})

t.test('glob: whole texts, runs and single characters', async (t) => {
  const fitting: Array<[string, string]> = [['', ''], ['', '*'], ['abc', 'abc'], ['abc', 'a*'], ['abc', '*c'], ['abc', 'a?c'], ['abc', '**'],
    ['aXbXc', 'a*b*c'], ['mississippi', 'm*iss*ip*'], ['a.b', 'a.b'], ['a\nb', 'a*b'], ['aab', '*ab']]
  const not: Array<[string, string]> = [['', '?'], ['abc', ''], ['abc', 'ab'], ['abc', 'b*'], ['abc', '?'], ['axb', 'a.b'], ['abc', 'ABC'], ['ab', 'a?b']]
  for (const [text, pattern] of fitting) t.equal(glob(text, pattern), true, `${text} ${pattern}`)
  for (const [text, pattern] of not) t.equal(glob(text, pattern), false, `${text} ${pattern}`)
})

t.test('glob: equals a plain definition by recursion', async () => {
  const fits = (text: string, pattern: string): boolean => {
    if (pattern === '') return text === ''
    if (pattern[0] === '*') return fits(text, pattern.slice(1)) || (text !== '' && fits(text.slice(1), pattern))
    return text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && fits(text.slice(1), pattern.slice(1))
  }
  const text = fc.array(fc.constantFrom('a', 'b'), { maxLength: 10 }).map((letters) => letters.join(''))
  const pattern = fc.array(fc.constantFrom('a', 'b', '?', '*'), { maxLength: 8 }).map((letters) => letters.join(''))
  fc.assert(fc.property(text, pattern, (text, pattern) => glob(text, pattern) === fits(text, pattern)), { numRuns: 2000 })
})

t.test('glob: both lengths are bounded', async (t) => {
  t.equal(glob('a'.repeat(GLOB_MAX_TEXT), `${'*a'.repeat(GLOB_MAX_PATTERN / 2 - 1)}*b`), false)
  t.throws(() => glob('a'.repeat(GLOB_MAX_TEXT + 1), '*'), { code: 'FST_FLOW_EXPRESSION' })
  t.throws(() => glob('a', '*'.repeat(GLOB_MAX_PATTERN + 1)), { code: 'FST_FLOW_EXPRESSION' })
})

function caught (act: () => unknown): Error {
  try {
    act()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('nothing was thrown')
}
