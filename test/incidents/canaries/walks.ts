import { TOTP, URI } from 'otpauth'
import type { Test } from 'tap'
import { Sensitive } from '../../../lib/context/sensitive.js'
import type { PlanContext } from '../../../plugins/index.js'
import { keyOf, PROMPT_TYPES } from './flows.js'
import type { Secrets } from './secrets.js'
import type { Challenge, Visitor } from './visitor.js'

/** What the walks are handed. */
export interface Scene {
  readonly t: Test
  readonly secrets: Secrets
  /** Of the user `alice`. */
  readonly password: string
  /** Milliseconds since the epoch: time stands still, so that a code stays good. */
  readonly now: number
  readonly visit: () => Visitor
}

const WHO = { component: 'ak-stage-identification', uid_field: 'alice' }
const DUMMY = { component: 'ak-stage-dummy' }
const SHOWN = { byName: true, shownIn: ['ak-stage-prompt'] }

/** What the host starts a flow with: secrets under every name that the contract calls one, and a wrapped one under another. */
export function hostContext (slug: string, secrets: Secrets): PlanContext {
  const named = (name: string) => secrets.canary(`host's ${name}`, { byName: true })
  const context = {
    API_URL: named('API'),
    access_token: named('TOKEN'),
    nested: { list: [{ privateKey: named('KEY'), deeper: new Map([['client_secret', named('SECRET')]]) }] },
    passphrase: { of: [named('PASS')] },
    signature: named('SIGNATURE'),
    http_cookie: named('HTTP_COOKIE'),
    harmless: { wrapped: new Sensitive(secrets.canary('host, wrapped')) }
  }
  return slug === 'enrol' ? { ...context, prompt_data: serverValues(secrets) } : context
}

/** What fields hold that the server fills in: the person sees it, nobody else does. */
function serverValues (secrets: Secrets): Record<string, unknown> {
  const filled = (['hidden', 'static', 'text_read_only', 'text_area_read_only'] as const)
    .map((type) => [keyOf(type), secrets.canary(`prompt.${type}`, SHOWN)])
  const choices = (['dropdown', 'radio-button-group'] as const)
    .map((type) => [`${keyOf(type)}__choices`, [secrets.canary(`prompt.${type}`, SHOWN)]])
  return Object.fromEntries([...filled, ...choices])
}

/** What is typed into a field of each type that takes anything secret. */
function typedValues (secrets: Secrets): Record<string, unknown> {
  const typed = (type: typeof PROMPT_TYPES[number], made: (canary: string) => unknown = (canary) => canary) =>
    [keyOf(type), made(secrets.canary(`prompt.${type}`, SHOWN))]
  return Object.fromEntries([
    typed('text'), typed('text_area'), typed('username'), typed('email', (canary) => `${canary}@example.com`), typed('ak-locale'),
    typed('file', (canary) => `data:text/plain;base64,${Buffer.from(canary).toString('base64')}`),
    [keyOf('number'), Number(secrets.digits('prompt.number', { byName: true }))],
    [keyOf('password'), secrets.canary('prompt.password')],
    [keyOf('checkbox'), true], [keyOf('date'), '2024-09-01'], [keyOf('date-time'), '2024-09-01T12:00:00Z']
  ])
}

/** Where there is a choice the first is taken. */
function choices ({ fields = [] }: Challenge & { fields?: readonly { field_key: string, choices: string[] | null }[] }) {
  return Object.fromEntries(fields.flatMap((field) => field.choices === null ? [] : [[field.field_key, field.choices[0]]]))
}

async function signsIn ({ t, secrets, password, visit }: Scene): Promise<void> {
  const visitor = visit()
  await visitor.start('embedded')
  await visitor.answer('embedded', { ...WHO, password: secrets.canary('identification.password') })
  await visitor.answer('embedded', { ...WHO, password: { nested: secrets.canary('identification.password, nested') } })
  t.match(await visitor.answer('embedded', { ...WHO, password }), { component: 'ak-stage-user-login' })
  t.match(await visitor.answer('embedded', { component: 'ak-stage-user-login', remember_me: true }), { to: '/home' })
  t.match(await visitor.start('leave'), { component: 'xak-flow-redirect' })
}

async function givesPassword ({ t, secrets, password, visit }: Scene): Promise<void> {
  const visitor = visit()
  const check = (typed: unknown) => ({ component: 'ak-stage-password', password: typed })
  await visitor.start('plain')
  t.equal(await visitor.sendText('plain', `{"password":${secrets.canary('no JSON')}}`), 400)
  await visitor.answer('plain', WHO)
  await visitor.answer('plain', check(secrets.canary('password.password')))
  await visitor.answer('plain', check([secrets.canary('password.password, in a list')]))
  await visitor.answer('plain', { ...check(secrets.canary('password.password, elsewhere')), component: 'ak-stage-dummy' })
  t.match(await visitor.answer('plain', check(password)), { component: 'xak-flow-redirect' })
}

async function setsAppUp ({ t, secrets, now, visit }: Scene): Promise<void> {
  const visitor = visit()
  const code = (typed: unknown) => ({ component: 'ak-stage-authenticator-totp', code: typed })
  await visitor.start('totp')
  const { config_url: link } = await visitor.answer('totp', WHO)
  const totp = URI.parse(String(link))
  if (!(totp instanceof TOTP)) throw new TypeError('a link to a time-based code')
  secrets.know('TOTP seed', totp.secret.base32, { shownIn: ['ak-stage-authenticator-totp'] })
  await visitor.answer('totp', code(secrets.digits('authenticator_totp.code')))
  const right = secrets.know('authenticator_totp.code, right', totp.generate({ timestamp: now }))
  t.match(await visitor.answer('totp', code(right)), DUMMY)
  await visitor.start('second')
  await visitor.answer('second', WHO)
  const second = (typed: unknown) => ({ component: 'ak-stage-authenticator-validate', code: typed })
  await visitor.answer('second', second(secrets.canary('authenticator_validate.code')))
  await visitor.answer('second', second(Number(secrets.digits('authenticator_validate.code, a number'))))
  const next = secrets.know('authenticator_validate.code, right', totp.generate({ timestamp: now + 30_000 }))
  t.match(await visitor.answer('second', second(next)), DUMMY)
}

async function takesCodes ({ t, secrets, visit }: Scene): Promise<void> {
  const visitor = visit()
  await visitor.start('static')
  const { codes } = await visitor.answer('static', WHO)
  if (!Array.isArray(codes) || codes.length === 0) throw new TypeError('a list of codes')
  for (const code of codes) secrets.know('static code', String(code), { shownIn: ['ak-stage-authenticator-static'] })
  t.match(await visitor.answer('static', { component: 'ak-stage-authenticator-static' }), DUMMY)
  await visitor.start('second')
  await visitor.answer('second', WHO)
  t.match(await visitor.answer('second', { component: 'ak-stage-authenticator-validate', code: codes[0] }), DUMMY)
}

async function enrols ({ t, secrets, visit }: Scene): Promise<void> {
  const visitor = visit()
  const challenge = await visitor.start('enrol')
  const form = {
    component: 'ak-stage-prompt',
    username: 'bea',
    password: secrets.canary('prompt, new password'),
    password_repeat: secrets.canary('prompt, repeated'),
    ...typedValues(secrets),
    ...choices(challenge)
  }
  t.match(await visitor.answer('enrol', { ...form, username: 'alice' }), { response_errors: { username: [] } })
  t.match(await visitor.answer('enrol', form), { component: 'ak-stage-access-denied' }, 'the user store has failed')
  const again = await visitor.start('enrol')
  const { token } = await visitor.answer('enrol', { ...form, ...choices(again) })
  const known = secrets.know('consent.token, right', String(token), { shownIn: ['ak-stage-consent'] })
  const wrong = secrets.canary('consent.token')
  t.match(await visitor.answer('enrol', { component: 'ak-stage-consent', token: wrong }), { response_errors: { token: [] } })
  t.match(await visitor.answer('enrol', { component: 'ak-stage-consent', token: known }), DUMMY)
}

async function isRefusedOrRemoved ({ t, visit }: Scene): Promise<void> {
  const visitor = visit()
  t.match(await visitor.start('refuse'), { component: 'ak-stage-access-denied' })
  await visitor.start('remove')
  t.match(await visitor.answer('remove', { ...WHO, uid_field: 'bea' }), { component: 'xak-flow-redirect' })
}

/** Through every kind of stage, with a secret of its own in each field that takes one; in this order. */
export const walks = [signsIn, givesPassword, setsAppUp, takesCodes, enrols, isRefusedOrRemoved]
