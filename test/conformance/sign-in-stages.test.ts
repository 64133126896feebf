import t from 'tap'
import { define, defineFlow, joinDefinitions, stage, user, type StageEntry, type StageOptionsByKind } from '../../plugins/index.js'
import { admin, PASSWORD, signInAndOut } from '../flows.js'
import { COMPLETES, flowOf, visit } from './visitor.js'

/* The original's own tests of identification, password, sign-in and sign-out, by the letters that test/README.md explains. */

const IDENTIFICATION = 'ak-stage-identification'
const FAILED = { component: IDENTIFICATION, response_errors: { non_field_errors: [{ string: 'Failed to authenticate.', code: 'invalid' }] } }
const DENIED = { component: 'ak-stage-access-denied', error_message: 'Unknown error' }

const password = stage('password', 'password')
const flow = (...stages: StageEntry[]) => define(admin, flowOf(stages, { designation: 'authentication' }))
const who = (options: StageOptionsByKind['identification'] = {}) =>
  stage('identification', 'who', { userFields: ['email'], pretendUserExists: false, ...options })

t.test('G1 identification: renders, a known address completes, an unknown one does not', async (t) => {
  const visitor = await visit(t, flow(who()))
  const shown = await visitor.get('flow')
  t.equal(shown.statusCode, 200)
  t.match(shown.json(), { component: IDENTIFICATION, user_fields: ['email'], primary_action: 'Log in' })
  const refused = await visitor.post('flow', { component: IDENTIFICATION, uid_field: 'nobody@example.com' })
  t.equal(refused.statusCode, 200)
  t.match(refused.json(), FAILED)
  t.strictSame(await visitor.answer('flow', IDENTIFICATION, { uid_field: 'ada@example.com' }), COMPLETES)
})

t.test('G1 identification with a password: both in one step, and one answer to everything that is wrong', async (t) => {
  for (const pretendUserExists of [false, true]) {
    const visitor = await visit(t, flow(who({ passwordStage: password, pretendUserExists })))
    t.match(await visitor.see('flow'), { password_fields: true })
    const enter = async (fields: object) => await visitor.answer('flow', IDENTIFICATION, fields)
    t.match(await enter({ uid_field: 'ada@example.com', password: 'wrong' }), { ...FAILED, sources: [] })
    t.match(await enter({ uid_field: 'nobody@example.com', password: PASSWORD }), FAILED)
    t.match(await enter({ uid_field: 'ada@example.com' }), FAILED)
    t.match(await enter({ uid_field: 'ada@example.com', password: null }), FAILED)
    t.strictSame(await enter({ uid_field: 'ada@example.com', password: PASSWORD }), COMPLETES)
  }
})

t.test('G1 identification: a username where only addresses are taken is unknown, and goes on where that is not told', async (t) => {
  const strict = await visit(t, flow(who()))
  await strict.see('flow')
  t.match(await strict.answer('flow', IDENTIFICATION, { uid_field: 'admin' }), FAILED)
  const pretending = await visit(t, flow(who({ pretendUserExists: true })))
  await pretending.see('flow')
  t.strictSame(await pretending.answer('flow', IDENTIFICATION, { uid_field: 'admin' }), COMPLETES)
})

t.test('G1 identification: links to enrolment and recovery; in a recovery flow it continues, whoever it is', async (t) => {
  const other = (slug: 'enrol' | 'recover') => flowOf([stage('dummy', slug)], { slug, name: slug, designation: 'enrollment' })
  const linked = who({ enrollmentFlow: other('enrol'), recoveryFlow: other('recover') })
  const visitor = await visit(t, flow(linked))
  t.match(await visitor.see('flow'), { enroll_url: '/if/flow/enrol/', recovery_url: '/if/flow/recover/' })
  const recovery = await visit(t, define(admin, flowOf([who({ pretendUserExists: true }), stage('dummy', 'next')], { designation: 'recovery' })))
  t.match(await recovery.see('flow'), { primary_action: 'Continue', flow_designation: 'recovery' })
  t.match(await recovery.answer('flow', IDENTIFICATION, { uid_field: 'nobody@example.com' }), { name: 'next' })
})

t.test('G1 identification: without any field it is refused when it is defined', async (t) => {
  await t.rejects(visit(t, flow(who({ userFields: [] }))), {
    message: /When no user fields are selected, at least one source must be selected/
  })
})

t.test('G1 identification: the answer needs its field, as text that is not blank', async (t) => {
  const visitor = await visit(t, flow(who()))
  await visitor.see('flow')
  const faults = [
    [{}, 'This field is required.', 'required'],
    [{ uid_field: null }, 'This field may not be null.', 'null'],
    [{ uid_field: '' }, 'This field may not be blank.', 'blank'],
    [{ uid_field: '  ' }, 'This field may not be blank.', 'blank'],
    [{ uid_field: [] }, 'Not a valid string.', 'invalid']
  ] as const
  for (const [fields, string, code] of faults) {
    t.strictSame((await visitor.answer('flow', IDENTIFICATION, fields)).response_errors, { uid_field: [{ string, code }] })
  }
})

t.test('G2 password: without a pending user denied', async (t) => {
  t.match(await (await visit(t, flow(password))).see('flow'), DENIED)
})

t.test('G2 password: a link to a recovery flow, and the right password completes', async (t) => {
  const recover = flowOf([stage('dummy', 'recover')], { slug: 'recover', name: 'recover', designation: 'recovery' })
  const visitor = await visit(t, joinDefinitions(flow(who(), password), define(recover)))
  await visitor.see('flow')
  const { flow_info: _info, pending_user_avatar: _avatar, ...shown } = await visitor.answer('flow', IDENTIFICATION, { uid_field: 'ada@example.com' })
  t.match(shown, { component: 'ak-stage-password', pending_user: 'admin', allow_show_password: false })
  t.match(shown, { recovery_url: /^http:\/\/localhost(:80)?\/if\/flow\/recover\/$/ })
  t.strictSame(await visitor.answer('flow', 'ak-stage-password', { password: PASSWORD }), COMPLETES)
})

t.test('G2 password: wrong ones are refused in their field, and the last one ends the flow', async (t) => {
  const visitor = await visit(t, flow(who(), stage('password', 'password', { failedAttemptsBeforeCancel: 3 })))
  await visitor.see('flow')
  await visitor.answer('flow', IDENTIFICATION, { uid_field: 'ada@example.com' })
  for (const attempt of [1, 2]) {
    t.strictSame((await visitor.answer('flow', 'ak-stage-password', { password: `wrong ${attempt}` })).response_errors,
      { password: [{ string: 'Invalid password', code: 'invalid' }] })
  }
  t.match(await visitor.answer('flow', 'ak-stage-password', { password: 'wrong 3' }), DENIED)
  t.match(await visitor.see('flow'), { component: IDENTIFICATION }, 'the plan is gone')
})

/** A sign-in without a question, for whoever the context says. */
const login = (options: StageOptionsByKind['user_login'] = {}) =>
  defineFlow({ slug: 'login', name: 'Login', title: 'Login', designation: 'authentication', stages: [stage('user_login', 'login now', options)] })

t.test('G3 user login: signs in, on the GET that starts the flow and on a POST, and the session id changes', async (t) => {
  const visitor = await visit(t, define(admin, login(), flowOf([stage('dummy', 'first'), stage('user_login', 'then')])))
  const ada = await visitor.user('admin') ?? null
  t.strictSame(await visitor.begin('login', { pending_user: ada }), COMPLETES)
  t.equal(await visitor.who(), 'admin')
  const another = visitor.another()
  await another.begin('flow', { pending_user: ada })
  const before = another.cookie
  t.strictSame(await another.pass('flow'), COMPLETES)
  t.equal(await another.who(), 'admin')
  t.not(another.cookie, before)
  another.cookie = before
  t.equal(await another.who(), null, 'the old id is dead')
})

t.test('G3 user login: other sessions are ended, those of others are not', async (t) => {
  const other = user('other', { password: PASSWORD })
  const visitor = await visit(t, joinDefinitions(signInAndOut, define(other, login({ terminateOtherSessions: true }))))
  const [first, second, third] = [visitor.another(), visitor.another(), visitor.another()]
  await first.signIn('admin', PASSWORD)
  await third.signIn('other', PASSWORD)
  await second.begin('login', { pending_user: await visitor.user('admin') ?? null })
  t.strictSame([await first.who(), await second.who(), await third.who()], [null, 'admin', 'other'])
})

t.test('G3 user login: lasts as long as it says, and longer for whoever asks to be remembered', async (t) => {
  let now = Date.UTC(2024, 8, 1)
  const visitor = await visit(t, define(admin, login({ sessionDuration: 'minutes=1', rememberMeOffset: 'minutes=10' })), { now: () => now })
  const ada = await visitor.user('admin') ?? null
  for (const remembered of [false, true]) {
    const browser = visitor.another()
    const { flow_info: _info, pending_user_avatar: _avatar, ...shown } = await browser.begin('login', { pending_user: ada })
    t.strictSame(shown, { component: 'ak-stage-user-login', pending_user: 'admin' })
    t.strictSame((await browser.answer('login', 'ak-stage-user-login')).response_errors,
      { remember_me: [{ string: 'This field is required.', code: 'required' }] })
    t.strictSame(await browser.answer('login', 'ak-stage-user-login', { remember_me: remembered }), COMPLETES)
    now += 59_000
    t.equal(await browser.who(), 'admin')
    now += 2_000
    t.equal(await browser.who(), remembered ? 'admin' : null)
    now += 600_000
    t.equal(await browser.who(), null)
  }
})

t.test('G3 user login: nobody, and an inactive user, are denied', async (t) => {
  const visitor = await visit(t, define(user('idle', { isActive: false }), login()))
  t.match(await visitor.see('login'), DENIED)
  t.match(await visitor.begin('login', { pending_user: await visitor.user('idle') ?? null }), DENIED)
  t.equal(await visitor.who(), null)
})

t.test('G4 user logout: on the GET that starts the flow and on a POST', async (t) => {
  const visitor = await visit(t, joinDefinitions(signInAndOut, define(flowOf([stage('dummy', 'sure'), stage('user_logout', 'away')]))))
  await visitor.signIn('admin', PASSWORD)
  t.strictSame(await visitor.see('sign-out'), COMPLETES)
  t.equal(await visitor.who(), null)
  await visitor.signIn('admin', PASSWORD)
  await visitor.see('flow')
  t.strictSame(await visitor.pass('flow'), COMPLETES)
  t.equal(await visitor.who(), null)
})

t.test('G5 user delete: nobody is denied; who is signed in or pending is deleted', async (t) => {
  const remove = flowOf([stage('dummy', 'sure'), stage('user_delete', 'gone')])
  const visitor = await visit(t, joinDefinitions(signInAndOut, define(user('pending'), remove)))
  await visitor.see('flow')
  t.match(await visitor.pass('flow'), { component: 'ak-stage-access-denied', error_message: 'No Pending User.' })
  await visitor.begin('flow', { pending_user: await visitor.user('pending') ?? null })
  t.strictSame(await visitor.pass('flow'), COMPLETES)
  t.equal(await visitor.user('pending'), undefined)
  await visitor.signIn('admin', PASSWORD)
  await visitor.see('flow')
  t.strictSame(await visitor.pass('flow'), COMPLETES)
  t.equal(await visitor.user('admin'), undefined)
  t.equal(await visitor.who(), null)
})
