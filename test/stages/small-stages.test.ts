import t from 'tap'
import { denyStage } from '../../lib/stages/deny.js'
import { dummyStage } from '../../lib/stages/dummy.js'
import { builtInStageKinds } from '../../lib/stages/index.js'
import { redirectStage } from '../../lib/stages/redirect.js'
import { makeFlow, makeLookup, makeTurn, type TurnOverrides } from '../turn.js'

t.test('built-in stages: names, models and components are the original\'s, each once', async (t) => {
  const names = builtInStageKinds.map(({ kind, model, component, formComponent }) => [kind, model, component, formComponent])
  t.strictSame(names.sort(), [
    ['authenticator_static', 'authentik_stages_authenticator_static.authenticatorstaticstage', 'ak-stage-authenticator-static', 'ak-stage-authenticator-static-form'],
    ['authenticator_totp', 'authentik_stages_authenticator_totp.authenticatortotpstage', 'ak-stage-authenticator-totp', 'ak-stage-authenticator-totp-form'],
    ['authenticator_validate', 'authentik_stages_authenticator_validate.authenticatorvalidatestage', 'ak-stage-authenticator-validate', 'ak-stage-authenticator-validate-form'],
    ['consent', 'authentik_stages_consent.consentstage', 'ak-stage-consent', 'ak-stage-consent-form'],
    ['deny', 'authentik_stages_deny.denystage', 'ak-stage-deny', 'ak-stage-deny-form'],
    ['dummy', 'authentik_stages_dummy.dummystage', 'ak-stage-dummy', 'ak-stage-dummy-form'],
    ['identification', 'authentik_stages_identification.identificationstage', 'ak-stage-identification', 'ak-stage-identification-form'],
    ['password', 'authentik_stages_password.passwordstage', 'ak-stage-password', 'ak-stage-password-form'],
    ['prompt', 'authentik_stages_prompt.promptstage', 'ak-stage-prompt', 'ak-stage-prompt-form'],
    ['redirect', 'authentik_stages_redirect.redirectstage', 'ak-stage-redirect', 'ak-stage-redirect-form'],
    ['user_delete', 'authentik_stages_user_delete.userdeletestage', 'ak-stage-user-delete', 'ak-stage-user-delete-form'],
    ['user_login', 'authentik_stages_user_login.userloginstage', 'ak-stage-user-login', 'ak-stage-user-login-form'],
    ['user_logout', 'authentik_stages_user_logout.userlogoutstage', 'ak-stage-user-logout', 'ak-stage-user-logout-form'],
    ['user_write', 'authentik_stages_user_write.userwritestage', 'ak-stage-user-write', 'ak-stage-user-write-form']
  ])
})

t.test('built-in stages: each shows a challenge and judges answers, or acts on entering', async (t) => {
  for (const { kind, enter, challenge, respond, challengeSchema, answerSchema } of builtInStageKinds) {
    const shows = [challenge, respond, challengeSchema, answerSchema].map((part) => part !== undefined)
    t.ok(shows.every(Boolean) || (!shows.some(Boolean) && enter !== undefined), kind)
  }
})

t.test('dummy: shows its name and is passed by any answer', async (t) => {
  t.strictSame(dummyStage.challenge(makeTurn(dummyStage, { stageName: 'dummy2' })), { name: 'dummy2' })
  t.strictSame(dummyStage.respond(), { kind: 'passed' })
  t.throws(() => dummyStage.challenge(makeTurn(dummyStage, { options: { throwError: true } })), { message: 'Test error' })
})

t.test('deny: denies with the context\'s message, its own, or the usual one', async (t) => {
  const message = (denyMessage: string, inContext?: unknown) =>
    denyStage.enter(makeTurn(denyStage, { options: { denyMessage }, context: { deny_message: inContext } }))
  t.strictSame(message(''), { kind: 'denied', message: 'Unknown error' })
  t.strictSame(message('own'), { kind: 'denied', message: 'own' })
  t.strictSame(message('own', 'from the context'), { kind: 'denied', message: 'from the context' })
  t.strictSame(message('own', ''), { kind: 'denied', message: 'Unknown error' })
  t.strictSame(message('own', { not: 'text' }), { kind: 'denied', message: 'own' })
})

const other = makeFlow({ slug: 'other' })

function redirect (options: Record<string, unknown>, overrides: TurnOverrides = {}) {
  return redirectStage.enter(makeTurn(redirectStage, { options, definitions: { flows: [other] }, ...overrides }))
}

t.test('redirect: to its URL or its flow, with the context or without', async (t) => {
  t.strictSame(redirect({ mode: 'static', targetStatic: 'https://example.org/' }), { kind: 'redirected', to: 'https://example.org/' })
  t.strictSame(redirect({ mode: 'flow', targetFlow: other.pk }), { kind: 'switched', flow: 'other', keepContext: true })
  t.strictSame(redirect({ mode: 'flow', targetFlow: other.pk, keepContext: false }), { kind: 'switched', flow: 'other', keepContext: false })
})

t.test('redirect: a flow that is gone denies', async (t) => {
  t.equal(redirect({ mode: 'flow', targetFlow: other.pk }, { definitions: {} }).kind, 'denied')
  t.equal(redirect({ mode: 'flow' }).kind, 'denied')
})

t.test('redirect: the context may say where to', async (t) => {
  const to = (target: unknown) =>
    redirect({ mode: 'static', targetStatic: '/own/', keepContext: false }, { context: { redirect_stage_target: target } })
  t.strictSame(to('/elsewhere/'), { kind: 'redirected', to: '/elsewhere/' })
  t.strictSame(to('ak-flow://other'), { kind: 'switched', flow: 'other', keepContext: false })
  t.strictSame(to('ak-flow://unknown'), { kind: 'redirected', to: '/own/' }, 'an unknown flow falls back')
  t.strictSame(to(7), { kind: 'redirected', to: '/own/' })
  t.equal(to('javascript:alert(1)').kind, 'denied')
  t.equal(to('').kind, 'denied')
})

t.test('redirect: targets that a browser would take elsewhere are refused', async (t) => {
  const check = (mode: 'static' | 'flow', targetStatic: string, targetFlow: string | null = null) => () =>
    redirectStage.check({ pk: 's', name: 'away', kind: 'redirect', options: { mode, targetStatic, targetFlow, keepContext: true } },
      makeLookup({ flows: [other] }))
  for (const right of ['/', '/a/b?c=d#e', '/a//b', 'https://example.org', 'HTTP://example.org:8080/a?b', 'http://[::1]/', 'https://bücher.example/']) {
    t.doesNotThrow(check('static', right), right)
  }
  for (const wrong of [
    '', 'a', 'a/b', '//host', '/\\host', '\\\\host', '/%2fhost', '/%5Chost', '/\t/host', '/a b', '/a\n', 'javascript:alert(1)',
    'data:text/html,x', 'ftp://host/', 'https:', 'https://', 'https:///host', 'https:host', 'https://user@host/', 'https://:pw@host/',
    'https://[bad/', ' https://host', 'https://ho\u0000st/'
  ]) {
    t.throws(check('static', wrong), { code: 'FST_FLOW_DEFINITION', message: /'away'.*targetStatic/ }, JSON.stringify(wrong))
  }
  t.throws(check('flow', 'javascript:alert(1)', other.pk), { message: /targetStatic/ }, 'even where it is not used')
  t.doesNotThrow(check('flow', '', other.pk))
  t.throws(check('flow', ''), { message: /'away'.*targetFlow: must be/ })
  t.throws(check('flow', '', '55555555-5555-4555-8555-555555555555'), { message: /targetFlow/ })
})
