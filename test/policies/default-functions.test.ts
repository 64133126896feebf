import t from 'tap'
import type { PlanContext } from '../../lib/context/plan-context.js'
import type { Group } from '../../lib/model/group.js'
import { joinDefinitions } from '../../lib/model/definitions.js'
import { derivedKey } from '../../lib/model/keys.js'
import type { Subject } from '../../lib/model/user.js'
import { defaultPolicyFunctions, defaultPromptFunctions } from '../../lib/policies/default-functions.js'
import type { PolicyFunction, PolicyRequest } from '../../lib/policies/policy-kind.js'
import { preparePrompt } from '../../lib/policies/prepare-prompt.js'
import { Sensitive } from '../../lib/context/sensitive.js'
import { Registry } from '../../lib/registry/registry.js'
import { FakeUsers, makeUser } from '../fake-users.js'
import { makePrompt } from '../turn.js'
import { makeRequest } from './policy-request.js'

function named (name: string): PolicyFunction {
  const policy = defaultPolicyFunctions[name]
  if (policy === undefined) throw new Error(`no function ${name}`)
  return policy
}

const ada = makeUser({ username: 'ada', name: 'Ada', email: 'ada@example.org' })

t.test('password stage: needed until the pending user has been authenticated', async (t) => {
  const ask = (context: PlanContext, plan?: null) =>
    named('default-authentication-flow-password-stage')(makeRequest({ context, ...(plan === null ? { plan } : {}) }))
  t.equal(ask({}), true)
  t.equal(ask({ pending_user: ada }), true)
  t.equal(ask({ user_backend: 'backend' }), true, 'a proof about nobody is none')
  t.equal(ask({ pending_user: ada, user_backend: 'backend' }), false)
  t.equal(ask({ pending_user: ada, user_backend: 'backend' }, null), true, 'without a plan')
})

t.test('source flows: only for who comes from a source, asking for a missing username', async (t) => {
  for (const name of ['default-source-authentication-if-sso', 'default-source-enrollment-if-sso']) {
    t.equal(named(name)(makeRequest({ context: { is_sso: true } })), true)
    t.equal(named(name)(makeRequest()), false)
    t.equal(named(name)(makeRequest({ context: { is_sso: 'no' } })), false)
  }
  const lacksUsername = named('default-source-enrollment-if-username')
  t.equal(lacksUsername(makeRequest()), true)
  t.equal(lacksUsername(makeRequest({ context: { prompt_data: { email: 'x' } } })), true)
  t.equal(lacksUsername(makeRequest({ context: { prompt_data: { username: 'ada' } } })), false)
})

function group (name: string, attributes: Group['attributes']): Group {
  return { pk: derivedKey('test.group', name), name, isSuperuser: false, parent: null, attributes }
}

function changes (entered: Record<string, unknown>, attributes: Subject['attributes'] = {}, groups: readonly Group[] = []): PolicyRequest {
  const user = { ...ada, attributes, groups }
  const registry = new Registry({ ...joinDefinitions(), groups })
  return makeRequest({ user, context: { prompt_data: { username: 'ada', name: 'Ada', email: 'ada@example.org', ...entered } }, services: { registry } })
}

t.test('user settings: by default only the name may be changed', async (t) => {
  const judge = named('default-user-settings-authorization')
  t.equal(judge(changes({})), true)
  t.equal(judge(changes({ name: 'Countess' })), true)
  t.strictSame(judge(changes({ email: 'x@example.org' })), { passing: false, messages: ['Not allowed to change email address.'] })
  t.strictSame(judge(changes({ username: 'root' })), { passing: false, messages: ['Not allowed to change username.'] })
  t.throws(() => judge(makeRequest()), /no user/)
  t.match(judge(makeRequest({ user: ada, services: { registry: new Registry(joinDefinitions()) } })), { passing: false }, 'nothing entered')
})

t.test('user settings: attributes of the user and of the groups decide, the user\'s own last', async (t) => {
  const judge = named('default-user-settings-authorization')
  const may = { 'goauthentik.io/user/can-change-email': true, 'goauthentik.io/user/can-change-username': true }
  t.equal(judge(changes({ email: 'x@example.org', username: 'root' }, may)), true)
  t.equal(judge(changes({ email: 'x@example.org' }, {}, [group('staff', may)])), true)
  t.match(judge(changes({ email: 'x@example.org' }, { 'goauthentik.io/user/can-change-email': false }, [group('staff', may)])), { passing: false })
  const staff = group('staff', may)
  const all = group('all', { 'goauthentik.io/user/can-change-email': false })
  for (const groups of [[staff, all], [all, staff]]) {
    t.equal(judge(changes({ email: 'x@example.org' }, {}, groups)), true, 'of groups the last one by name')
  }
  t.strictSame(judge(changes({ name: 'x' }, { 'goauthentik.io/user/can-change-name': false })),
    { passing: false, messages: ['Not allowed to change name.'] })
  t.match(judge(changes({ email: 'x@example.org' }, { 'goauthentik.io/user/can-change-email': 'false' })), { passing: false }, 'only true is true')
})

t.test('set-up: open until the administrator has a password, even in a run that began before', async (t) => {
  const open = named('default-oobe-password-usable')
  const prefill = named('default-oobe-prefill-user')
  const admin = makeUser({ username: 'akadmin' })
  const fresh = new FakeUsers([admin])
  const done = new FakeUsers([{ ...admin, hasUsablePassword: true }])

  t.equal(await open(makeRequest({ users: fresh })), true)
  t.equal(await open(makeRequest({ users: done })), false)
  await t.rejects(Promise.resolve(open(makeRequest())), /no user 'akadmin'/)

  const request = makeRequest({ users: fresh, context: { user_backend: 'of somebody else' } })
  t.equal(await prefill(request), true)
  t.strictSame(request.context, { pending_user: admin })
  const late = makeRequest({ users: done })
  await t.rejects(Promise.resolve(prefill(late)), /has been set up/)
  t.strictSame(late.context, {})
  await t.rejects(Promise.resolve(prefill(makeRequest({ users: fresh, plan: null }))), /no plan/)
  t.equal(named('default-oobe-flow-set-authentication')(makeRequest()), true)
})

t.test('prompts: the user settings show what is stored', async (t) => {
  const fields = ['username', 'name', 'email', 'locale']
  const valuesFor = (user: Subject | null) => fields.map((field) => {
    const { http, ...rest } = makeRequest({ user })
    if (http === null) throw new Error('this request has HTTP')
    return defaultPromptFunctions[`default-user-settings-field-${field}`]?.initialValue?.({ ...rest, http })
  })
  t.strictSame(valuesFor({ ...ada, attributes: { settings: { locale: 'de' } } }), ['ada', 'Ada', 'ada@example.org', 'de'])
  t.strictSame(valuesFor({ ...ada, attributes: { settings: { locale: 7 } } })[3], '')
  t.strictSame(valuesFor(ada)[3], '')
  t.strictSame(valuesFor(null), ['', '', '', ''])
})

t.test('prompt expressions: CEL, a function, or an error that says both', async (t) => {
  const request = { ...makeRequest({ user: ada, context: { n: 2, choices: ['a', 'b'], password: new Sensitive('x') } }) }
  const http = request.http
  if (http === null) throw new Error('this request has HTTP')
  const asked = { ...request, http }

  const cel = preparePrompt(makePrompt({
    fieldKey: 'f', initialValueExpression: true, initialValue: 'user.name + "!"', placeholderExpression: true, placeholder: 'context.choices', language: 'cel'
  }), undefined)
  t.equal(cel.initialValue?.(asked), 'Ada!')
  t.strictSame(cel.placeholder?.(asked), ['a', 'b'])

  const literal = preparePrompt(makePrompt({ fieldKey: 'f', initialValue: 'user.name', language: 'cel' }), { initialValue: () => 1 })
  t.strictSame(literal, {}, 'a literal text stays one')

  const secret = preparePrompt(makePrompt({ fieldKey: 'f', initialValueExpression: true, initialValue: 'context.password', language: 'cel' }), undefined)
  t.throws(() => secret.initialValue?.(asked), { code: 'FST_FLOW_EXPRESSION' }, 'what is sensitive is not shown')

  const python = makePrompt({ fieldKey: 'f', placeholderExpression: true, placeholder: 'return 1' })
  t.equal(preparePrompt(python, { placeholder: () => 'one' }).placeholder?.(asked), 'one')
  for (const functions of [undefined, { initialValue: () => 1 }]) {
    t.throws(() => preparePrompt(python, functions), {
      code: 'FST_FLOW_DEFINITION',
      message: /^Prompt 'f', field 'placeholder': .*supply 'placeholder' for 'f' under the option 'prompts'.*'language: cel'/
    })
  }
  t.throws(() => preparePrompt(makePrompt({ fieldKey: 'f', placeholderExpression: true, placeholder: 'nobody.name', language: 'cel' }), undefined),
    { code: 'FST_FLOW_DEFINITION', message: /Prompt 'f', field 'placeholder': Unknown variable: nobody/ })
})
