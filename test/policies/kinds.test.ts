import t from 'tap'
import { Value } from '@sinclair/typebox/value'
import { Sensitive } from '../../lib/context/sensitive.js'
import { dummyPolicy } from '../../lib/policies/kinds/dummy.js'
import { expressionPolicy } from '../../lib/policies/kinds/expression.js'
import { builtInPolicyKinds } from '../../lib/policies/kinds/index.js'
import { passwordExpiryPolicy } from '../../lib/policies/kinds/password-expiry.js'
import { passwordPolicy } from '../../lib/policies/kinds/password.js'
import { reputationPolicy } from '../../lib/policies/kinds/reputation.js'
import type { ReputationQuery } from '../../lib/users/reputation.js'
import { FakeUsers, makeUser } from '../fake-users.js'
import { NOON } from '../turn.js'
import { makeRequest, preparePolicy } from './policy-request.js'

t.test('kinds: names and defaults are the original\'s', async (t) => {
  t.strictSame(builtInPolicyKinds.map(({ kind, model, component }) => [kind, model, component]), [
    ['expression', 'authentik_policies_expression.expressionpolicy', 'ak-policy-expression-form'],
    ['dummy', 'authentik_policies_dummy.dummypolicy', 'ak-policy-dummy-form'],
    ['password', 'authentik_policies_password.passwordpolicy', 'ak-policy-password-form'],
    ['reputation', 'authentik_policies_reputation.reputationpolicy', 'ak-policy-reputation-form'],
    ['password_expiry', 'authentik_policies_expiry.passwordexpirypolicy', 'ak-policy-password-expiry-form']
  ])
  t.strictSame(builtInPolicyKinds.map((kind) => Value.Default(kind.options, {})), [
    {},
    { result: false, waitMin: 5, waitMax: 30 },
    {
      passwordField: 'password',
      checkStaticRules: true,
      checkHaveIBeenPwned: false,
      checkZxcvbn: false,
      amountDigits: 0,
      amountUppercase: 0,
      amountLowercase: 0,
      amountSymbols: 0,
      lengthMin: 0,
      symbolCharset: '!\\"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~ ',
      errorMessage: '',
      hibpAllowedCount: 0,
      zxcvbnScoreThreshold: 2
    },
    { checkIp: true, checkUsername: true, threshold: -5 },
    { denyOnly: false }
  ])
})

t.test('expression: CEL is evaluated, and is pure where it looks at the user only', async (t) => {
  const ofUser = preparePolicy(expressionPolicy, { expression: 'user.username == "ada"', language: 'cel' })
  t.equal(ofUser.pure, true)
  t.equal(ofUser.evaluate(makeRequest({ user: makeUser({ username: 'ada' }) })), true)
  t.equal(ofUser.evaluate(makeRequest({ user: makeUser({ username: 'eve' }) })), false)
  const ofContext = preparePolicy(expressionPolicy, { expression: 'user.is_active && context.n > 3', language: 'cel' })
  t.equal(ofContext.pure, false)
  t.equal(ofContext.evaluate(makeRequest({ user: makeUser(), context: { n: 4 } })), true)
  t.throws(() => ofContext.evaluate(makeRequest({ user: makeUser() })), { code: 'FST_FLOW_EXPRESSION' })
})

t.test('expression: another language takes the function of the policy\'s name, and is never run', async (t) => {
  const python = 'return request.user.username == "ada"'
  const supplied = preparePolicy(expressionPolicy, { expression: python }, { 'the-policy': () => ({ passing: true, messages: ['hi'] }) })
  t.equal(supplied.pure, false)
  t.strictSame(supplied.evaluate(makeRequest()), { passing: true, messages: ['hi'] })
  t.throws(() => preparePolicy(expressionPolicy, { expression: python }, { other: () => true }),
    { code: 'FST_FLOW_DEFINITION', message: /^Policy 'the-policy', field 'expression': .*'the-policy' under the option 'policies'.*'language: cel'/ })
  t.throws(() => preparePolicy(expressionPolicy, { expression: python, language: 'cel' }, { 'the-policy': () => true }),
    { code: 'FST_FLOW_DEFINITION', message: /line 1, column 1/ }, 'a function does not stand in for broken CEL')
})

t.test('dummy: answers at once where it need not wait', async (t) => {
  const yes = preparePolicy(dummyPolicy, { result: true, waitMin: 0, waitMax: 0 })
  t.equal(yes.pure, true)
  t.strictSame(yes.evaluate(makeRequest()), { passing: true, messages: ['dummy'] })
  t.strictSame(preparePolicy(dummyPolicy, { waitMin: 0, waitMax: 0 }).evaluate(makeRequest()), { passing: false, messages: ['dummy'] })
})

t.test('dummy: a wait of less than the upper bound, by chance', async (t) => {
  const policy = preparePolicy(dummyPolicy, { result: true, waitMin: 0, waitMax: 3 })
  const none = policy.evaluate(makeRequest({ services: { randomBytes: (length) => new Uint8Array(length).fill(0) } }))
  t.strictSame(await none, { passing: true, messages: ['dummy'] }, 'chance says 0 seconds')
})

t.test('dummy: the wait ends when nobody wants the answer any more', async (t) => {
  for (const bounds of [{ waitMin: 5, waitMax: 30 }, { waitMin: 7, waitMax: 7 }, { waitMin: 2147483647, waitMax: 2147483647 }]) {
    const controller = new AbortController()
    const answer = preparePolicy(dummyPolicy, bounds).evaluate(makeRequest({ signal: controller.signal }))
    controller.abort()
    await t.rejects(Promise.resolve(answer), { name: 'AbortError' })
  }
})

t.test('dummy: bounds the wrong way round are refused', async (t) => {
  t.throws(() => preparePolicy(dummyPolicy, { waitMin: 5, waitMax: 4 }),
    { code: 'FST_FLOW_DEFINITION', message: /'the-policy', field 'waitMax'/ })
})

t.test('password: is looked for among what was entered, then in the context', async (t) => {
  const policy = preparePolicy(passwordPolicy, { lengthMin: 3 })
  t.equal(policy.pure, false)
  t.equal(policy.evaluate(makeRequest({ context: { prompt_data: { password: new Sensitive('abcd') } } })), true)
  t.equal(policy.evaluate(makeRequest({ context: { prompt_data: { password: 'abcd' }, password: 'x' } })), true)
  t.equal(policy.evaluate(makeRequest({ context: { prompt_data: {}, password: 'abcd' } })), true)
  const missing = { passing: false, messages: ['Password not set in context'] }
  t.strictSame(policy.evaluate(makeRequest()), missing)
  t.strictSame(policy.evaluate(makeRequest({ context: { password: new Sensitive(undefined) } })), missing)
  t.strictSame(policy.evaluate(makeRequest({ context: { prompt_data: { password: '' }, password: 'abcd' } })), missing)
  const inherited = preparePolicy(passwordPolicy, { passwordField: 'constructor' })
  t.strictSame(inherited.evaluate(makeRequest()), missing, 'what every object has is no password')
})

t.test('password: each static rule refuses with the stated message', async (t) => {
  const options = {
    amountDigits: 1, amountUppercase: 1, amountLowercase: 2, amountSymbols: 3, lengthMin: 24, errorMessage: 'test message'
  }
  const judge = (password: string, more = {}) =>
    preparePolicy(passwordPolicy, { ...options, ...more }).evaluate(makeRequest({ context: { password } }))
  const refused = { passing: false, messages: ['test message'] }
  t.strictSame(judge('test'), refused, 'too short')
  t.strictSame(judge('TTTTTTTTTTTTTTTTTTTTTTTt1@#$'), refused, 'too few lower case letters')
  t.strictSame(judge('tttttttttttttttttttttttt1@#$'), refused, 'too few upper case letters')
  t.strictSame(judge('TETTTTTTTTTTTTTTTTTTTTTTtt1@$'), refused, 'too few symbols')
  t.strictSame(judge('TETTTTTTTTTTTTTTTTTTTTTTtt@#$'), refused, 'too few digits')
  t.equal(judge('Test1@$# '.repeat(3)), true)
  t.strictSame(judge('test', { errorMessage: '' }), { passing: false, messages: ['Invalid password.'] })
  t.equal(judge('test', { checkStaticRules: false }), true)
})

t.test('password: a character outside the basic plane counts as one', async (t) => {
  const policy = preparePolicy(passwordPolicy, { lengthMin: 4 })
  t.match(policy.evaluate(makeRequest({ context: { password: '😀😀😀' } })), { passing: false })
  t.equal(policy.evaluate(makeRequest({ context: { password: '😀😀😀😀' } })), true)
})

t.test('password: the guessing estimate', async (t) => {
  const judge = async (password: string, more = {}, user = makeUser()) =>
    preparePolicy(passwordPolicy, { checkZxcvbn: true, ...more }).evaluate(makeRequest({ user, context: { password } }))
  t.strictSame(await judge('password'),
    { passing: false, messages: ['Password is too weak.', 'Add another word or two. Uncommon words are better.'] })
  t.strictSame(await judge('Awdccdw1234', { zxcvbnScoreThreshold: 3 }), { passing: false, messages: ['Password is too weak.'] })
  t.equal(await judge('Awdccdw1234'), true)
  for (const disguised of ['P4$$w0rd', 'p@ssw0rd1', 'l3tm31n']) t.match(await judge(disguised), { passing: false }, disguised)
  t.equal(await judge('uq3VfW8zKd1mPx7RtB5n'), true)
  t.equal(await judge('vrolijkewaterval'), true)
  t.match(await judge('vrolijkewaterval', {}, makeUser({ name: 'vrolijkewaterval' })), { passing: false }, 'the user\'s own name')
  const nobody = preparePolicy(passwordPolicy, { checkZxcvbn: true }).evaluate(makeRequest({ context: { password: 'letmein' } }))
  t.match(await nobody, { passing: false })
})

t.test('password: the static rules come first', async (t) => {
  const policy = preparePolicy(passwordPolicy, { checkZxcvbn: true, lengthMin: 12, errorMessage: 'short' })
  t.strictSame(policy.evaluate(makeRequest({ context: { password: 'password' } })), { passing: false, messages: ['short'] })
})

t.test('password: looking up breaches is refused when it is defined', async (t) => {
  t.throws(() => preparePolicy(passwordPolicy, { checkHaveIBeenPwned: true }),
    { code: 'FST_FLOW_DEFINITION', message: /'checkHaveIBeenPwned': no policy looks anything up in the network: set it to false/ })
})

t.test('reputation: passes where the score is at or below the threshold', async (t) => {
  const ask = (score: number, options = {}) => {
    const asked: ReputationQuery[] = []
    const reputation = { adjust () {}, score (query: ReputationQuery) { asked.push(query); return score } }
    const user = makeUser({ username: 'ada' })
    return { answer: preparePolicy(reputationPolicy, options).evaluate(makeRequest({ user, services: { reputation } })), asked }
  }
  t.strictSame(ask(-5), { answer: true, asked: [{ ip: '192.0.2.1', identifier: 'ada' }] })
  t.strictSame(ask(-4), { answer: false, asked: [{ ip: '192.0.2.1', identifier: 'ada' }] })
  t.strictSame(ask(0, { threshold: 0 }).answer, true, 'no rows, threshold 0')
  t.strictSame(ask(-5, { checkIp: false }).asked, [{ identifier: 'ada' }])
  t.strictSame(ask(-5, { checkUsername: false }).asked, [{ ip: '192.0.2.1' }])
  t.equal(preparePolicy(reputationPolicy, {}).pure, false)
})

t.test('reputation: a store that answers later, and who or what is not there', async (t) => {
  const asked: ReputationQuery[] = []
  const reputation = { adjust () {}, async score (query: ReputationQuery) { asked.push(query); return -6 } }
  const policy = preparePolicy(reputationPolicy, {})
  t.equal(await policy.evaluate(makeRequest({ services: { reputation } })), true)
  t.strictSame(asked, [{ ip: '192.0.2.1' }], 'nobody has no name to look for')
  t.throws(() => policy.evaluate(makeRequest({ http: null, services: { reputation } })), /there is no HTTP request/)
})

t.test('reputation: nothing to check is refused', async (t) => {
  t.throws(() => preparePolicy(reputationPolicy, { checkIp: false, checkUsername: false }),
    { code: 'FST_FLOW_DEFINITION', message: /Either IP or Username must be checked/ })
})

const daysAgo = (days: number) => new Date(NOON - days * 86_400_000).toISOString()

t.test('password expiry: a young password passes, an old one is refused', async (t) => {
  const policy = preparePolicy(passwordExpiryPolicy, { days: 30, denyOnly: true })
  t.equal(policy.pure, false)
  const ask = (days: number) => policy.evaluate(makeRequest({ user: makeUser({ passwordChangeDate: daysAgo(days) }) }))
  t.equal(ask(29.99), true)
  t.strictSame(ask(30), { passing: false, messages: ['Password has expired.'] })
  t.throws(() => policy.evaluate(makeRequest()), /no user/)
  t.throws(() => policy.evaluate(makeRequest({ user: makeUser({ passwordChangeDate: 'never' }) })), /no date/)
})

t.test('password expiry: an expired password is taken away', async (t) => {
  const ada = makeUser({ username: 'ada', passwordChangeDate: daysAgo(33.5), hasUsablePassword: true })
  const users = new FakeUsers([ada], { ada: 'secret' })
  const policy = preparePolicy(passwordExpiryPolicy, { days: 30 })
  t.strictSame(await policy.evaluate(makeRequest({ user: ada, users })),
    { passing: false, messages: ['Password expired 3 days ago. Please update your password.'] })
  t.equal(users.passwords.has(ada.pk), false)
  const stranger = { ...ada, pk: null }
  t.match(await policy.evaluate(makeRequest({ user: stranger, users })), { passing: false }, 'nothing is stored to take away')
})
