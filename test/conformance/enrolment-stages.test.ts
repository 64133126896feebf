import t from 'tap'
import { define, group, joinDefinitions, prompt, Sensitive, stage, user, type StageOptionsByKind } from '../../plugins/index.js'
import { admin, PASSWORD, signInAndOut } from '../flows.js'
import { COMPLETES, constant, flowOf, functionPolicy, visit } from './visitor.js'

/* The original's own tests of user write and prompt stages, by the letters that test/README.md explains. */

const PROMPT = 'ak-stage-prompt'
const denial = (message: string) => ({ component: 'ak-stage-access-denied', error_message: message })
const members = group('members')

/** A flow that writes after a question that says nothing, so that nothing is written by a GET. */
const writing = (options: StageOptionsByKind['user_write'] = {}) =>
  flowOf([stage('dummy', 'sure'), stage('user_write', 'write', options)])

t.test('G9 user write: makes a user with password, group and source', async (t) => {
  const visitor = await visit(t, joinDefinitions(signInAndOut, define(writing({ createUsersGroup: members }))))
  await visitor.begin('flow', {
    prompt_data: { username: 'new', name: 'New', email: 'new@example.com', password: new Sensitive(PASSWORD) }, source: { name: 'a source' }
  })
  t.strictSame(await visitor.pass('flow'), COMPLETES)
  t.match(await visitor.user('new'), {
    username: 'new', name: 'New', groups: [{ name: 'members' }], attributes: { 'goauthentik.io/user/sources': ['a source'] }
  })
  await visitor.signIn('new', PASSWORD)
  t.equal(await visitor.who(), 'new')
})

t.test('G9 user write: changes who is pending, else who is signed in; unknown keys are passed over', async (t) => {
  const visitor = await visit(t, joinDefinitions(signInAndOut, define(user('pending', { attributes: { kept: 1 } }), writing())))
  const data = {
    name: 'changed', 'attributes.some.custom-attribute': 'test', attributes_foo: 'bar', unknown: 'x', isSuperuser: true, groups: ['admins']
  }
  await visitor.begin('flow', { pending_user: await visitor.user('pending') ?? null, prompt_data: data })
  t.strictSame(await visitor.pass('flow'), COMPLETES)
  const changed = await visitor.user('pending')
  t.strictSame(changed?.attributes, { kept: 1, some: { 'custom-attribute': 'test' }, foo: 'bar' })
  t.match(changed, { name: 'changed', groups: [], isSuperuser: false })
  await visitor.signIn('admin', PASSWORD)
  await visitor.begin('flow', { prompt_data: { name: 'Changed Admin' } })
  await visitor.pass('flow')
  t.match(await visitor.user('admin'), { name: 'Changed Admin' })
})

t.test('G9 user write: no data, no username, a taken one, and nobody to write to are denied', async (t) => {
  const visitor = await visit(t, define(user('taken'), writing(), flowOf([
    stage('dummy', 'sure too'), stage('user_write', 'never', { userCreationMode: 'never_create' })
  ], { slug: 'never', name: 'never' })))
  const write = async (slug: string, context: object) => {
    await visitor.begin(slug, { ...context })
    return await visitor.pass(slug)
  }
  t.match(await write('flow', {}), denial('No Pending data.'))
  t.match(await write('flow', { prompt_data: { username: '', name: 'x' } }), denial('Unknown error'))
  t.match(await write('flow', { prompt_data: { username: 'taken' } }), denial('Failed to update user. Please try again later.'))
  t.match(await write('never', { prompt_data: { username: 'new' } }), denial("No user found and can't create new user."))
})

t.test('G11 prompt: every type is rendered with key, label and placeholder', async (t) => {
  const types = [
    'text', 'text_area', 'text_read_only', 'text_area_read_only', 'username', 'email', 'password', 'number', 'checkbox',
    'radio-button-group', 'dropdown', 'date', 'date-time', 'file', 'separator', 'hidden', 'static', 'ak-locale'
  ] as const
  const required = [true, false]
  for (const isRequired of required) {
    const fields = types.map((type, order) => prompt(`a ${type}`, {
      fieldKey: `key_${type}`, label: `label ${type}`, type, required: isRequired, placeholder: `placeholder ${type}`, order
    }))
    const visitor = await visit(t, define(flowOf([stage('prompt', 'all', { fields })])))
    const { fields: shown } = await visitor.see('flow')
    const hasChoices = (type: string) => type === 'radio-button-group' || type === 'dropdown'
    t.strictSame(shown, types.map((type, order) => ({
      field_key: `key_${type}`,
      label: `label ${type}`,
      type,
      required: isRequired,
      placeholder: hasChoices(type) ? '' : `placeholder ${type}`,
      initial_value: hasChoices(type) ? `placeholder ${type}` : '',
      order,
      sub_text: '',
      choices: hasChoices(type) ? [`placeholder ${type}`] : null
    })))
  }
})

const field = (fieldKey: string, type: Parameters<typeof prompt>[1]['type'], more: Partial<Parameters<typeof prompt>[1]> = {}) =>
  prompt(fieldKey, { fieldKey, label: fieldKey, type, ...more })

t.test('G11 prompt: what was entered is in the context, what hides behind the form is the server\'s', async (t) => {
  const visitor = await visit(t, define(flowOf([stage('prompt', 'ask', {
    fields: [
      field('text', 'text'), field('code', 'password'), field('hidden', 'hidden', { initialValue: 'hidden' }),
      field('static', 'static', { initialValue: 'static' }), field('fixed', 'text_read_only', { initialValue: 'fixed' })
    ]
  }), stage('dummy', 'after')])))
  await visitor.see('flow')
  t.match(await visitor.answer('flow', PROMPT, { text: 'typed', code: 'secret', hidden: 'x', static: 'x', fixed: 'x', other: 'x' }), { name: 'after' })
  const { plans: [frame] } = await visitor.inspected('flow')
  t.strictSame(frame?.plan_context, {
    prompt_data: { text: 'typed', code: '********************', hidden: 'hidden', static: 'static', fixed: 'fixed' }
  })
})

t.test('G11 prompt: what is wrong is told by field, or for the whole', async (t) => {
  const visitor = await visit(t, define(user('taken'), flowOf([stage('prompt', 'ask', {
    fields: [
      field('username', 'username', { required: false }), field('one', 'password', { required: false }), field('two', 'password', { required: false }),
      field('choice', 'dropdown', { required: false }), field('file', 'file', { required: false })
    ]
  })])), {}, {})
  await visitor.begin('flow', { prompt_data: { choice__choices: ['a', 'b'] } })
  const errors = async (fields: object) => (await visitor.answer('flow', PROMPT, fields)).response_errors
  const invalid = (string: string, code = 'invalid') => [{ string, code }]
  t.strictSame(await errors({ username: 'taken' }), { username: invalid('Username is already taken.') })
  t.strictSame(await errors({ one: 'x', two: 'y' }), { non_field_errors: invalid("Passwords don't match.") })
  t.strictSame(await errors({ choice: 'c' }), { choice: invalid('"c" is not a valid choice.', 'invalid_choice') })
  t.strictSame(await errors({ file: 'http://x' }), { file: invalid('Invalid scheme') })
  t.strictSame(await errors({ file: 'data:text/plain,x' }), { file: invalid('Invalid encoding') })
  t.strictSame(await visitor.answer('flow', PROMPT, { username: 'free', one: 'x', two: 'x', choice: 'b', file: 'data:text/plain;base64,eA==' }), COMPLETES)
})

t.test('G11 prompt: validation policies pass, or refuse with their messages', async (t) => {
  const asked = (validation: Parameters<typeof constant>[1]) => define(flowOf([
    stage('prompt', 'ask', { fields: [field('text', 'text')], validationPolicies: [constant('says', validation)] })
  ]))
  for (const passing of [true, false]) {
    const visitor = await visit(t, asked(passing))
    await visitor.see('flow')
    t.match(await visitor.answer('flow', PROMPT, { text: 'x' }), passing
      ? COMPLETES
      : { component: PROMPT, response_errors: { non_field_errors: [{ string: 'dummy', code: 'invalid' }] } })
  }
})

t.test('G11 prompt: the context comes before the expression, and the literal stands in for one that fails', async (t) => {
  const fields = [
    field('told', 'text', { initialValueExpression: true, initialValue: 'literal', placeholderExpression: true, placeholder: 'literal' }),
    field('fails', 'text', { initialValueExpression: true, initialValue: 'literal', order: 1 }),
    field('off', 'text', { initialValue: 'literal', order: 2 }),
    field('many', 'radio-button-group', { placeholderExpression: true, placeholder: 'x', initialValue: 'no choice', order: 3 })
  ]
  const visitor = await visit(t, define(flowOf([stage('prompt', 'ask', { fields })])), {
    prompts: {
      told: { initialValue: () => 'by function', placeholder: () => 'shown by function' },
      fails: { initialValue: () => { throw new Error('broken') } },
      off: { initialValue: () => 'not asked' },
      many: { placeholder: () => ['first', 'second'] }
    }
  })
  const shown = async (context: object) => (await visitor.begin('flow', { ...context })).fields
  t.match(await shown({}), [
    { initial_value: 'by function', placeholder: 'shown by function' }, { initial_value: 'literal' }, { initial_value: 'literal' },
    { initial_value: 'first', choices: ['first', 'second'] }
  ])
  t.match(await shown({ prompt_data: { told: 'by context', many: 'second' } }), [
    { initial_value: 'by context' }, { initial_value: 'literal' }, { initial_value: 'literal' }, { initial_value: 'second' }
  ])
  t.match((await shown({ prompt_data: { many__choices: [0, 1], many: 1 } })), [
    {}, {}, {}, { choices: ['0', '1'], initial_value: '1' }
  ])
})

t.test('G11 prompt: an unknown type is refused when it is defined', async (t) => {
  const definitions = define(flowOf([stage('prompt', 'ask', { fields: [field('text', 'text')] })]))
  const prompts = JSON.parse(JSON.stringify(definitions.prompts).replace('"type":"text"', '"type":"unknown"'))
  await t.rejects(visit(t, { ...definitions, prompts }), { code: 'FST_FLOW_DEFINITION', message: /type/ })
})

t.test('G9 G11 enrolment as a whole: asked, validated, written, signed in', async (t) => {
  const visitor = await visit(t, define(admin, flowOf([
    stage('prompt', 'ask', {
      fields: [field('username', 'username'), field('password', 'password'), field('password_repeat', 'password')],
      validationPolicies: [functionPolicy('long')]
    }),
    stage('user_write', 'write'), stage('user_login', 'login')
  ], { designation: 'enrollment' })), {
    policies: { long: ({ context }) => ({ passing: String(context.prompt_data?.['username']).length > 3, messages: ['Too short.'] }) }
  })
  await visitor.see('flow')
  const short = { username: 'abc', password: PASSWORD, password_repeat: PASSWORD }
  t.match(await visitor.answer('flow', PROMPT, short), { response_errors: { non_field_errors: [{ string: 'Too short.' }] } })
  t.strictSame(await visitor.answer('flow', PROMPT, { ...short, username: 'abcd' }), COMPLETES)
  t.equal(await visitor.who(), 'abcd')
})
