import t, { type Test } from 'tap'
import { define, DefinitionError, policy, prompt, stage, type PolicySpec, type PlanContext } from '../../plugins/index.js'
import { admin, PASSWORD, signInAndOut } from '../flows.js'
import { COMPLETES, constant, flowOf, functionPolicy, visit } from './visitor.js'

/* The original's own tests of its policy kinds, by the letters that test/README.md explains. */

const password = prompt('password', {
  fieldKey: 'password', label: 'PASSWORD_LABEL', type: 'password', required: true, placeholder: 'PASSWORD_PLACEHOLDER'
})

/** What a prompt for a password that a policy validates answers to what was entered. */
async function enter (t: Test, validation: PolicySpec, entered: string, field = password) {
  const visitor = await visit(t, define(flowOf([
    stage('prompt', 'prompt', { fields: [field], validationPolicies: [validation] })
  ])))
  await visitor.see('flow')
  return await visitor.answer('flow', 'ak-stage-prompt', { [field.fields.fieldKey]: entered })
}

const refusal = (...texts: readonly string[]) =>
  ({ response_errors: { non_field_errors: texts.map((string) => ({ string, code: 'invalid' })) } })

const ERROR = 'ERROR_MESSAGE'

t.test('K1 dummy: fails by default, with the message dummy', async (t) => {
  const visitor = await visit(t, define(flowOf([], { policies: [policy('dummy', 'default', { waitMin: 0, waitMax: 0 })] })))
  t.match(await visitor.see('flow'), { component: 'ak-stage-access-denied', error_message: 'dummy' })
})

t.test('K2 a password policy on a prompt: the prompt again, with the fields as they were and the message', async (t) => {
  const { flow_info: _info, ...challenge } = await enter(t, policy('password', 'rules', {
    amountUppercase: 1, amountLowercase: 2, amountSymbols: 3, lengthMin: 3, errorMessage: 'test message'
  }), 'akadmin')
  t.strictSame(challenge, {
    component: 'ak-stage-prompt',
    fields: [{
      field_key: 'password',
      label: 'PASSWORD_LABEL',
      type: 'password',
      required: true,
      placeholder: 'PASSWORD_PLACEHOLDER',
      initial_value: '',
      order: 0,
      sub_text: '',
      choices: null
    }],
    response_errors: { non_field_errors: [{ string: 'test message', code: 'invalid' }] }
  })
})

t.test('K3 password: without one in the context it says so', async (t) => {
  const text = prompt('text', { fieldKey: 'text', label: 'Text', type: 'text' })
  t.match(await enter(t, policy('password', 'rules'), 'something', text), refusal('Password not set in context'))
})

t.test('K4 K5 K6 K7 K8 K9 password: every static rule refuses with the message, and a good password passes', async (t) => {
  const rules = policy('password', 'rules', {
    amountDigits: 1, amountUppercase: 1, amountLowercase: 2, amountSymbols: 3, lengthMin: 24, errorMessage: ERROR
  })
  const wrong = {
    'too short': 'test',
    'too few lower-case letters': 'TTTTTTTTTTTTTTTTTTTTTTTe',
    'too few upper-case letters': 'tttttttttttttttttttttttttt',
    'too few symbols': 'TETETETETETETETETETETETETe!!!',
    'too few digits': 'TETETETETETETETETETETETee!!!'
  }
  for (const [what, entered] of Object.entries(wrong)) t.match(await enter(t, rules, entered), refusal(ERROR), what)
  t.strictSame(await enter(t, rules, 'Aa1aaaaaaaaaaaaaaaaaaaaa!!!'), COMPLETES)
})

t.test('K11 password: the guessing estimate has its messages, and a random password passes', async (t) => {
  const guessing = (zxcvbnScoreThreshold: number) => policy('password', 'guessing', {
    checkZxcvbn: true, checkStaticRules: false, zxcvbnScoreThreshold
  })
  t.match(await enter(t, guessing(3), 'password'), refusal('Password is too weak.', 'Add another word or two. Uncommon words are better.'))
  t.match(await enter(t, guessing(3), 'Awdccdw1234'), refusal('Password is too weak.'))
  t.strictSame(await enter(t, guessing(3), 'kQ8#vT2!mZ5^wR9&xP4*'), COMPLETES)
})

t.test('K12 reputation: a failed sign-in lowers the score of address and user; no score is no worse than nothing', async (t) => {
  const visitor = await visit(t, signInAndOut)
  await visitor.see('sign-in')
  await visitor.answer('sign-in', 'ak-stage-identification', { uid_field: 'admin' })
  await visitor.answer('sign-in', 'ak-stage-password', { password: 'wrong' })
  const { reputation } = visitor.app.flows.services
  t.equal(await reputation.score({ ip: '127.0.0.1' }), -1)
  t.equal(await reputation.score({ identifier: 'admin' }), -1)
  await visitor.answer('sign-in', 'ak-stage-password', { password: PASSWORD })
  t.equal(await reputation.score({ identifier: 'admin' }), 0, 'a sign-in raises it')
  const guarded = await visit(t, define(flowOf([stage('dummy', 'shown')], { policies: [policy('reputation', 'bad', { threshold: 0 })] })))
  t.match(await guarded.see('flow'), { name: 'shown' })
  const neither = policy('reputation', 'neither', { checkIp: false, checkUsername: false })
  await t.rejects(visit(t, define(flowOf([], { policies: [neither] }))), { message: /Either IP or Username must be checked/ })
})

/** What a flow with this policy shows. */
async function decide (t: Test, spec: PolicySpec, context: PlanContext = {}, planner = {}) {
  const visitor = await visit(t, define(admin, flowOf([stage('dummy', 'shown')], { policies: [spec] })), planner)
  return await visitor.begin('flow', context)
}

t.test('K15 expression: a condition passes or fails, a function says why, what is wrong is refused when it is defined', async (t) => {
  const cel = (expression: string) => policy('expression', 'condition', { expression, language: 'cel' })
  t.match(await decide(t, cel('true')), { name: 'shown' })
  t.match(await decide(t, cel('request.path.endsWith("/flow") && has(context.ticket)'), { ticket: 1 }), { name: 'shown' }, 'it sees the request')
  t.match(await decide(t, cel('has(context.ticket)')), { error_message: 'Flow does not apply to current user.' })
  t.match(await decide(t, functionPolicy('speaks'), {}, { policies: { speaks: () => ({ passing: false, messages: ['/', '/', '/'] }) } }),
    { error_message: '/\n/\n/' })
  for (const wrong of ['true ||', '"text"', 'unknown == 1']) {
    await t.rejects(decide(t, cel(wrong)), DefinitionError, wrong)
  }
  await t.rejects(decide(t, functionPolicy('missing')), { message: /'policies'.*language: cel/s })
})

t.test('K16 a policy that raises at a validation denies and shows nothing of its insides', async (t) => {
  const visitor = await visit(t, define(flowOf([
    stage('prompt', 'prompt', { fields: [password], validationPolicies: [functionPolicy('raising'), constant('yes', true)] })
  ])), { policies: { raising: () => { throw new Error('insides') } } })
  await visitor.see('flow')
  const denied = await visitor.answer('flow', 'ak-stage-prompt', { password: 'x' })
  t.match(denied, { component: 'ak-stage-access-denied', error_message: 'Unknown error' })
})
