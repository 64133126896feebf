import { TOTP } from 'otpauth'
import fc from 'fast-check'
import t from 'tap'
import { Sensitive } from '../../lib/context/sensitive.js'
import { joinDefinitions } from '../../lib/model/definitions.js'
import type { Stage } from '../../lib/model/stage.js'
import { Registry } from '../../lib/registry/registry.js'
import { authenticatorStaticStage } from '../../lib/stages/authenticator-static.js'
import { authenticatorTotpStage } from '../../lib/stages/authenticator-totp.js'
import { authenticatorValidateStage } from '../../lib/stages/authenticator-validate.js'
import { makeStaticCodes } from '../../lib/stages/static-codes.js'
import { findStep } from '../../lib/stages/totp.js'
import { unsavedSubject } from '../../lib/users/unsaved-subject.js'
import { FakeUsers, makeUser } from '../fake-users.js'
import { makeTurn, NOON, type TurnOverrides } from '../turn.js'

const SEED = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
const codeAt = (time: number, secret = SEED, digits = 6) => new TOTP({ secret, digits, period: 30 }).generate({ timestamp: time })
const typed = (code: string) => ({ code: new Sensitive(code) })

const unsaved = unsavedSubject('nobody', { newId: () => '00000000-0000-4000-8000-000000000000', now: () => 0 })
const passes = { kind: 'passed' }
const invalidToken = (final = false) => ({
  kind: 'refused',
  faults: [{ field: 'code', string: 'Invalid Token. Please ensure the time on your device is accurate and try again.', code: 'invalid' }],
  final
})
const fault = (field: string | null, string: string) => ({ kind: 'refused', faults: [{ field, string, code: 'invalid' }], final: false })

const setupStages: Stage[] = [
  { pk: '10000000-0000-4000-8000-000000000001', name: 'App', kind: 'authenticator_totp', options: { digits: 6 } },
  { pk: '10000000-0000-4000-8000-000000000002', name: 'Static tokens', kind: 'authenticator_static', options: {} }
]
const setupKeys = setupStages.map((stage) => stage.pk)

/** Ann has an app and a sheet of codes, bob has nothing. */
function makeUsers () {
  const users = new FakeUsers([makeUser({ pk: 1, username: 'ann' }), makeUser({ pk: 2, username: 'bob' })])
  const app = users.addDevice(1, { type: 'totp', name: 'Phone', seed: new Sensitive(SEED), digits: 6 })
  const sheet = users.addDevice(1, { type: 'static', name: 'Sheet', tokens: [new Sensitive('one'), new Sensitive('two')] })
  return { users, app, sheet }
}

function makeValidation (username: string, overrides: TurnOverrides = {}) {
  const made = makeUsers()
  const turn = makeTurn(authenticatorValidateStage, {
    context: { pending_user: made.users.named(username) }, definitions: { stages: setupStages }, ...overrides, users: made.users
  })
  return { ...made, turn }
}

const { enter, challenge, respond, check } = authenticatorValidateStage

t.test('validate: offers one challenge per class that the user has and the stage allows', async (t) => {
  const { turn, app, sheet, users } = makeValidation('ann')
  users.addDevice(1, { type: 'totp', name: 'Second phone', seed: new Sensitive(SEED), digits: 6 })
  t.equal(await enter(turn), undefined)
  t.strictSame(await challenge(turn), {
    deviceChallenges: [
      { deviceClass: 'totp', deviceUid: app.pk, challenge: {}, lastUsed: null },
      { deviceClass: 'static', deviceUid: sheet.pk, challenge: {}, lastUsed: null }
    ],
    configurationStages: []
  })
  const only = makeValidation('ann', { options: { deviceClasses: ['static', 'webauthn'] } })
  t.strictSame((await challenge(only.turn)).deviceChallenges.map((one) => one.deviceClass), ['static'])
})

t.test('validate: the code of the app passes once, and the context names the device without its seed', async (t) => {
  const { turn, app } = makeValidation('ann')
  t.strictSame(await respond(turn, typed(codeAt(NOON))), passes)
  t.equal(turn.context.auth_method, 'auth_mfa')
  t.strictSame(turn.context.auth_method_args, {
    mfa_devices: [{ app: 'authentik_stages_authenticator_totp', model_name: 'totpdevice', pk: app.pk, name: 'Phone' }]
  })
  t.strictSame(await respond(turn, typed(codeAt(NOON))), invalidToken(), 'the same code again')
  t.strictSame(await respond(turn, typed(codeAt(NOON - 30_000))), invalidToken(), 'an older one after it')
})

t.test('validate: a single-use code passes once and is added to what was proved before', async (t) => {
  const auth = { auth_method: 'password', auth_method_args: { known: true, mfa_devices: [{ pk: '0' }] } }
  const { turn, users, sheet } = makeValidation('ann')
  Object.assign(turn.context, auth)
  t.strictSame(await respond(turn, typed(' one ')), passes)
  t.match(turn.context.auth_method_args, { known: true, mfa_devices: [{ pk: '0' }, { model_name: 'staticdevice', pk: sheet.pk }] })
  t.strictSame(await respond(turn, typed('one')), invalidToken())
  t.strictSame([...users.tokensOf.get(sheet.pk) ?? []], ['two'])
})

t.test('validate: codes of devices that are not allowed, not confirmed or another’s do not pass', async (t) => {
  const allowed = makeValidation('ann', { options: { deviceClasses: ['static'] } })
  t.strictSame(await respond(allowed.turn, typed(codeAt(NOON))), invalidToken())
  const unconfirmed = makeValidation('ann')
  unconfirmed.users.devicesOf.set(1, unconfirmed.users.devices(1).map((device) => ({ ...device, confirmed: device.type === 'static' })))
  t.strictSame(await respond(unconfirmed.turn, typed(codeAt(NOON))), invalidToken())
  const other = makeValidation('bob')
  t.strictSame(await respond(other.turn, typed(codeAt(NOON))), fault('code', 'No compatible device class allowed'))
})

t.test('validate: wrong codes lower the score, and the tenth ends the run', async (t) => {
  const { turn } = makeValidation('ann')
  for (let attempt = 1; attempt < 10; attempt++) t.strictSame(await respond(turn, typed('000000')), invalidToken())
  t.strictSame(await respond(turn, typed('000000')), invalidToken(true))
  t.strictSame(turn.recorded.reputation, Array(10).fill({ identifier: 'ann', ip: '192.0.2.1', change: -1 }))
  t.equal(turn.context.auth_method, undefined)
})

t.test('validate: answers without a code never pass', async (t) => {
  const { turn, app } = makeValidation('ann', { options: { notConfiguredAction: 'configure', configurationStages: setupKeys } })
  const chosen = (deviceUid: string, deviceClass = 'totp') => ({ selectedChallenge: { deviceClass, deviceUid } })
  t.strictSame(await respond(turn, {}), fault(null, 'Empty response'))
  t.strictSame(await respond(turn, { selectedStage: setupKeys[0] ?? '' }), fault(null, 'Empty response'), 'set-up is for those without')
  t.strictSame(await respond(turn, { webauthn: {} }), fault('webauthn', 'No compatible device class allowed'))
  t.strictSame(await respond(turn, { duo: 1 }), fault('duo', 'No compatible device class allowed'))
  t.strictSame(await respond(turn, chosen(app.pk)), fault(null, 'Empty response'))
  t.strictSame(await respond(turn, chosen(app.pk, 'static')), fault('selectedChallenge', 'invalid challenge selected'))
  t.strictSame(turn.recorded.inserted, [])
})

t.test('validate: without a device it skips, denies or has one set up', async (t) => {
  const denial = { kind: 'denied', message: 'No (allowed) MFA authenticator configured.' }
  t.strictSame(await enter(makeValidation('bob').turn), passes)
  t.strictSame(await enter(makeValidation('bob', { options: { notConfiguredAction: 'deny' } }).turn), denial)
  const configure = { notConfiguredAction: 'configure', configurationStages: setupKeys.slice(0, 1) }
  const { turn } = makeValidation('bob', { options: configure })
  t.strictSame(await enter(turn), passes)
  t.strictSame(turn.recorded.inserted, setupKeys.slice(0, 1))
  t.strictSame(await enter(makeValidation('bob', { options: { notConfiguredAction: 'configure' } }).turn), denial)
})

t.test('validate: of several set-up stages one is chosen', async (t) => {
  const options = { notConfiguredAction: 'configure', configurationStages: [...setupKeys, '10000000-0000-4000-8000-000000000009'] }
  const registry = new Registry(joinDefinitions())
  const { turn } = makeValidation('bob', { options, services: { registry } })
  t.equal(await enter(turn), undefined)
  t.match(await challenge(turn), {
    deviceChallenges: [],
    configurationStages: [{
      pk: setupKeys[0],
      name: 'App',
      verboseName: 'TOTP Authenticator',
      metaModelName: 'authentik_stages_authenticator_totp.authenticatortotpstage'
    }, { pk: setupKeys[1], name: 'Static tokens', verboseName: 'Static Authenticator' }]
  })
  t.strictSame(await respond(turn, {}), fault(null, 'Empty response'))
  t.strictSame(await respond(turn, { selectedStage: unsaved.uuid }), fault('selectedStage', 'Selected stage is invalid'))
  t.strictSame(turn.recorded.inserted, [])
  t.strictSame(await respond(turn, { selectedStage: setupKeys[1] ?? '' }), passes)
  t.strictSame(turn.recorded.inserted, [setupKeys[1]])
})

t.test('validate: the signed-in user is asked where none is pending, and nobody at all is denied', async (t) => {
  const { users } = makeUsers()
  const turn = makeTurn(authenticatorValidateStage, { users, sessionUser: users.named('ann') })
  t.equal(await enter(turn), undefined)
  t.strictSame(await respond(turn, typed('two')), passes)
  t.match(await enter(makeTurn(authenticatorValidateStage, { users })), { kind: 'denied' })
  const stranger = makeTurn(authenticatorValidateStage, { users, sessionUser: users.named('ann'), context: { pending_user: unsaved } })
  t.strictSame(await enter(stranger), passes, 'an unsaved user has no device')
  t.match(await respond(stranger, typed('one')), { kind: 'refused' })
})

t.test('validate: options that cannot be kept are refused', async (t) => {
  const checking = (options: Record<string, unknown>) => () => check(makeTurn(authenticatorValidateStage, { options }).stage)
  t.doesNotThrow(checking({}))
  t.throws(checking({ notConfiguredAction: 'configure' }), {
    code: 'FST_FLOW_DEFINITION',
    message: /configurationStages: When "Not configured action" is set to "Configure", you must set a configuration stage\.$/
  })
  t.throws(checking({ deviceClasses: ['webauthn'] }), { message: /deviceClasses: must hold 'totp' or 'static'/ })
  t.throws(checking({ lastAuthThreshold: 'hours=1' }), { message: /lastAuthThreshold: 'hours=1' cannot be kept/ })
})

t.test('TOTP set-up: the link holds the seed, and the code that proves it is used up', async (t) => {
  const { users } = makeUsers()
  const turn = makeTurn(authenticatorTotpStage, { users, options: { digits: '8' }, context: { pending_user: users.named('bob') } })
  t.equal(authenticatorTotpStage.enter(turn), undefined)
  const link = new URL(authenticatorTotpStage.challenge(turn).configUrl)
  const secret = link.searchParams.get('secret') ?? ''
  t.equal(`${link.protocol}//${link.host}${link.pathname}`, 'otpauth://totp/authentik:bob')
  t.match(Object.fromEntries(link.searchParams), { algorithm: 'SHA1', digits: '8', period: '30', issuer: 'authentik' })
  t.equal(secret.length, 32, '20 bytes')
  t.equal(authenticatorTotpStage.challenge(turn).configUrl, link.href, 'a reload shows the same')

  const step = Math.floor(NOON / 30_000)
  t.strictSame(await authenticatorTotpStage.respond(turn, typed('1')), fault('code', 'Code does not match'))
  t.strictSame(users.devices(2), [])
  t.strictSame(await authenticatorTotpStage.respond(turn, typed(codeAt(NOON, secret, 8))), passes)
  const [device] = users.devices(2)
  t.match(device, { type: 'totp', name: 'TOTP Authenticator', digits: 8 })
  t.equal(users.lastStepOf.get(device?.pk ?? ''), step)
})

t.test('TOTP set-up: named by the stage, skipped for who is not stored, nothing without a seed', async (t) => {
  const { users } = makeUsers()
  const options = { digits: 6, friendlyName: 'My app' }
  const turn = makeTurn(authenticatorTotpStage, { users, options, sessionUser: users.named('bob'), scratch: { seed: SEED } })
  await authenticatorTotpStage.respond(turn, typed(codeAt(NOON)))
  t.match(users.devices(2), [{ name: 'My app', digits: 6 }])

  const stranger = makeTurn(authenticatorTotpStage, { users, options, sessionUser: users.named('bob'), context: { pending_user: unsaved } })
  t.strictSame(authenticatorTotpStage.enter(stranger), passes)
  t.strictSame(authenticatorTotpStage.enter(makeTurn(authenticatorTotpStage, { options })), passes)
  t.match(await authenticatorTotpStage.respond(stranger, typed('123456')), { kind: 'denied' })
  const seedless = makeTurn(authenticatorTotpStage, { users, options, sessionUser: users.named('bob') })
  await t.rejects(authenticatorTotpStage.respond(seedless, typed('123456')), TypeError)
})

t.test('static set-up: gives codes out and keeps those', async (t) => {
  const { users } = makeUsers()
  const turn = makeTurn(authenticatorStaticStage, { users, sessionUser: users.named('bob'), options: { tokenCount: 3, tokenLength: 8 } })
  t.equal(authenticatorStaticStage.enter(turn), undefined)
  const { codes } = authenticatorStaticStage.challenge(turn)
  t.strictSame(codes.map((code) => code.length), [8, 8, 8])
  t.equal(new Set(codes).size, 3)
  t.strictSame(await authenticatorStaticStage.respond(turn), passes)
  const [device] = users.devices(2)
  t.match(device, { type: 'static', name: 'Static Token' })
  t.strictSame([...users.tokensOf.get(device?.pk ?? '') ?? []], codes)
})

t.test('static set-up: skipped for who is not stored, nothing without codes', async (t) => {
  const { users } = makeUsers()
  const stranger = makeTurn(authenticatorStaticStage, { users, context: { pending_user: unsaved } })
  t.strictSame(authenticatorStaticStage.enter(stranger), passes)
  t.match(await authenticatorStaticStage.respond(stranger), { kind: 'denied' })
  const turn = makeTurn(authenticatorStaticStage, { users, sessionUser: users.named('bob') })
  t.match(await authenticatorStaticStage.respond(turn), { kind: 'denied' })
  t.strictSame(users.devices(2), [])
})

t.test('codes: taken one step early or late, as text or as the number that lost its zeros, and never else', async (t) => {
  const seed = new Sensitive(SEED)
  const find = (code: string, digits: 6 | 8 = 6) => findStep(seed, digits, new Sensitive(code), NOON)
  const step = NOON / 30_000
  const near = [-2, -1, 0, 1, 2].map((offset) => find(codeAt(NOON + offset * 30_000)))
  t.strictSame(near, [undefined, step - 1, step, step + 1, undefined])
  t.equal(find(codeAt(NOON, SEED, 8), 8), step)
  t.equal(find(codeAt(NOON).replace(/^(...)/, '$1 ')), step, 'a space in the middle')
  t.equal(find(codeAt(NOON).replace(/^/, '-')), undefined)
  t.equal(find(''), undefined)
  t.equal(findStep(seed, 6, new Sensitive(undefined), NOON), undefined)
  fc.assert(fc.property(fc.integer({ min: 0, max: 3_000_000_000 }), (second) => {
    const time = second * 1000
    const number = String(Number(codeAt(time)))
    return findStep(seed, 6, new Sensitive(number), time) !== undefined
  }))
})

t.test('single-use codes: every character has five bits of the random bytes', async (t) => {
  const bytes = Uint8Array.from({ length: 32 }, (_, index) => index)
  const [code] = makeStaticCodes(1, 32, () => bytes)
  t.equal(new Set(code).size, 32)
  t.match(code, /^[a-z2-9]{32}$/)
})
