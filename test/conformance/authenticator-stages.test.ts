import { TOTP } from 'otpauth'
import t, { type Test } from 'tap'
import { define, Sensitive, stage, type StageOptionsByKind } from '../../plugins/index.js'
import { admin } from '../flows.js'
import { COMPLETES, flowOf, visit, type Visitor } from './visitor.js'

/*
 * The original's own tests of authenticator stages, as far as there are devices here, by the letters that
 * test/README.md explains.
 */

const NOON = Date.UTC(2024, 8, 1, 12)
const SEED = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
const VALIDATE = 'ak-stage-authenticator-validate'
const TOTP_SETUP = 'ak-stage-authenticator-totp'
const WRONG = 'Invalid Token. Please ensure the time on your device is accurate and try again.'

const codeAt = (time: number, secret = SEED, digits = 6) => new TOTP({ secret, digits }).generate({ timestamp: time })
const totpSetup = stage('authenticator_totp', 'set up an app', { digits: 6 })
const staticSetup = stage('authenticator_static', 'set up codes', { tokenCount: 2, tokenLength: 8 })

/** A flow about ada, and what begins it. */
async function validating (t: Test, options: StageOptionsByKind['authenticator_validate'], clock = { now: NOON }) {
  const visitor = await visit(t, define(admin, flowOf([stage('authenticator_validate', 'validate', options)], { designation: 'authentication' })),
    { now: () => clock.now })
  const ada = await visitor.user('admin')
  if (ada === undefined) throw new Error('ada was defined')
  return { visitor, ada, begin: async (browser: Visitor = visitor) => await browser.begin('flow', { pending_user: ada }) }
}

t.test('G14 without a device it skips, denies, or has the one set-up stage inserted', async (t) => {
  const skipped = await validating(t, { notConfiguredAction: 'skip' })
  t.strictSame(await skipped.begin(), COMPLETES)
  const denied = await validating(t, { notConfiguredAction: 'deny' })
  t.match(await denied.begin(), { component: 'ak-stage-access-denied', error_message: 'No (allowed) MFA authenticator configured.' })
  const { begin, visitor } = await validating(t, { notConfiguredAction: 'configure', configurationStages: [totpSetup] })
  t.match(await begin(), { component: TOTP_SETUP })
  t.match((await visitor.inspected('flow')).current_plan?.current_stage, {
    target: visitor.app.flows.registry.flow('flow')?.flow.pk, stage_obj: { name: 'set up an app' }
  })
})

t.test('G14 of several set-up stages one is chosen', async (t) => {
  const { begin, visitor } = await validating(t, { notConfiguredAction: 'configure', configurationStages: [totpSetup, staticSetup] })
  const shown = await begin()
  t.match(shown, {
    component: VALIDATE,
    device_challenges: [],
    configuration_stages: [
      { name: 'set up an app', verbose_name: 'TOTP Authenticator', meta_model_name: 'authentik_stages_authenticator_totp.authenticatortotpstage' },
      { name: 'set up codes', verbose_name: 'Static Authenticator', meta_model_name: 'authentik_stages_authenticator_static.authenticatorstaticstage' }
    ]
  })
  const choose = async (fields: object) => await visitor.answer('flow', VALIDATE, fields)
  t.match(await choose({}), { response_errors: { non_field_errors: [{ string: 'Empty response', code: 'invalid' }] } })
  t.match(await choose({ selected_stage: 'none of them' }), { component: VALIDATE, response_errors: { selected_stage: [{ code: 'invalid' }] } })
  const { definitions: { stages } } = visitor.app.flows.registry.current
  t.match(await choose({ selected_stage: stages.find(({ name }) => name === 'set up codes')?.pk }), { component: 'ak-stage-authenticator-static' })
})

t.test('G14 options that cannot work are refused when they are defined', async (t) => {
  await t.rejects(validating(t, { notConfiguredAction: 'configure' }), {
    message: /When "Not configured action" is set to "Configure", you must set a configuration stage\./
  })
  await t.rejects(validating(t, { lastAuthThreshold: 'hours=1' }), { message: /seconds=0/ })
})

t.test('G14 the device is offered, the selected one must be, and only its code passes, once', async (t) => {
  const clock = { now: NOON }
  const { ada, begin, visitor } = await validating(t, { notConfiguredAction: 'deny' }, clock)
  const { users } = visitor.app.flows.services
  const device = await users.addDevice(ada.pk, { type: 'totp', name: 'app', seed: new Sensitive(SEED), digits: 6 })
  t.match(await begin(), { device_challenges: [{ device_class: 'totp', device_uid: device.pk, challenge: {} }], configuration_stages: [] })
  const enter = async (fields: object, browser = visitor) => await browser.answer('flow', VALIDATE, fields)
  t.match(await enter({}), { response_errors: { non_field_errors: [{ string: 'Empty response', code: 'invalid' }] } })
  t.match(await enter({ selected_challenge: { device_class: 'totp', device_uid: 'another', challenge: {} } }),
    { response_errors: { selected_challenge: [{ string: 'invalid challenge selected', code: 'invalid' }] } })
  t.match(await enter({ selected_challenge: { device_class: 'totp', device_uid: device.pk, challenge: {} } }),
    { response_errors: { non_field_errors: [{ string: 'Empty response', code: 'invalid' }] } })
  t.match(await enter({ webauthn: {} }), { component: VALIDATE, response_errors: {} })
  t.strictSame((await enter({ code: '000000' })).response_errors, { code: [{ string: WRONG, code: 'invalid' }] })
  t.strictSame(await enter({ code: codeAt(NOON) }), COMPLETES)
  t.match((await visitor.inspected('flow')).current_plan?.plan_context, { auth_method: 'auth_mfa', auth_method_args: { mfa_devices: [{ name: 'app' }] } })
  const another = visitor.another()
  await begin(another)
  t.match(await enter({ code: codeAt(NOON) }, another), { response_errors: { code: [{ string: WRONG }] } }, 'a code is good once')
  clock.now += 60_000
  t.strictSame(await enter({ code: codeAt(clock.now) }, another), COMPLETES)
})

t.test('G14 outside of sign-in it asks who is signed in, and nobody at all is denied', async (t) => {
  const { visitor } = await validating(t, {})
  t.match(await visitor.see('flow'), { component: 'ak-stage-access-denied' })
})

t.test('G15 TOTP set-up: the link of the original, a wrong code, the right one, and no second use', async (t) => {
  const visitor = await visit(t, define(admin, flowOf([totpSetup, stage('authenticator_validate', 'validate')])), { now: () => NOON })
  const ada = await visitor.user('admin') ?? null
  const shown = await visitor.begin('flow', { pending_user: ada })
  const link = new URL(String(shown.config_url))
  const secret = link.searchParams.get('secret') ?? ''
  t.equal(`${link.protocol}//${link.host}${link.pathname}`, 'otpauth://totp/authentik:admin')
  t.strictSame(Object.fromEntries(link.searchParams), { secret, algorithm: 'SHA1', digits: '6', period: '30', issuer: 'authentik' })
  t.strictSame((await visitor.answer('flow', TOTP_SETUP, {})).response_errors, { code: [{ string: 'This field is required.', code: 'required' }] })
  t.strictSame((await visitor.answer('flow', TOTP_SETUP, { code: '000000' })).response_errors, { code: [{ string: 'Code does not match', code: 'invalid' }] })
  t.match(await visitor.answer('flow', TOTP_SETUP, { code: Number(codeAt(NOON, secret)) }), { component: VALIDATE })
  t.match(await visitor.answer('flow', VALIDATE, { code: codeAt(NOON, secret) }), { response_errors: { code: [{ string: WRONG }] } })
})

t.test('G15 TOTP: a code of the step before or after is taken, of further ones not', async (t) => {
  for (const [steps, isTaken] of [[-2, false], [-1, true], [0, true], [1, true], [2, false]] as const) {
    const { ada, begin, visitor } = await validating(t, {})
    await visitor.app.flows.services.users.addDevice(ada.pk, { type: 'totp', name: 'app', seed: new Sensitive(SEED), digits: 6 })
    await begin()
    const { component } = await visitor.answer('flow', VALIDATE, { code: codeAt(NOON + steps * 30_000) })
    t.equal(component, isTaken ? 'xak-flow-redirect' : VALIDATE, `${steps} steps`)
  }
})

t.test('G15 static set-up: as many codes as it says, kept by any answer, each good once', async (t) => {
  const visitor = await visit(t, define(admin, flowOf([staticSetup, stage('authenticator_validate', 'validate')])))
  const ada = await visitor.user('admin') ?? null
  const { codes } = await visitor.begin('flow', { pending_user: ada })
  t.match(codes, [/^[a-z2-9]{8}$/i, /^[a-z2-9]{8}$/i])
  const [first, second] = Array.isArray(codes) ? codes : []
  t.match(await visitor.answer('flow', 'ak-stage-authenticator-static'), { component: VALIDATE, device_challenges: [{ device_class: 'static' }] })
  t.strictSame(await visitor.answer('flow', VALIDATE, { code: first }), COMPLETES)
  const validate = define(admin, flowOf([stage('authenticator_validate', 'validate')], { slug: 'again' }))
  visitor.app.flows.replaceDefinitions(validate)
  await visitor.begin('again', { pending_user: ada })
  t.match(await visitor.answer('again', VALIDATE, { code: first }), { response_errors: { code: [{ string: WRONG }] } })
  t.strictSame(await visitor.answer('again', VALIDATE, { code: second }), COMPLETES)
})
