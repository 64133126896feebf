import t from 'tap'
import { Sensitive } from '../../lib/context/sensitive.js'
import type { Stage } from '../../lib/model/stage.js'
import type { User } from '../../lib/model/user.js'
import { identificationStage } from '../../lib/stages/identification.js'
import { INBUILT_BACKEND } from '../../lib/stages/auth-method.js'
import { FakeUsers, makeUser } from '../fake-users.js'
import { makeFlow, makeLookup, makeTurn, type TurnOverrides } from '../turn.js'

const { check, challenge, respond } = identificationStage

const passwordStage: Stage = {
  pk: '10000000-0000-4000-8000-000000000001', name: 'password', kind: 'password', options: { allowShowPassword: true }
}
const withPassword = { userFields: ['username', 'email'], passwordStage: passwordStage.pk }

/** Notes whom a password was checked for. */
class WatchedUsers extends FakeUsers {
  readonly checkedFor: Array<string | undefined> = []

  override async verifyPassword (user: User | undefined, password: Sensitive) {
    this.checkedFor.push(user?.username)
    return await super.verifyPassword(user, password)
  }
}

function makeUsers () {
  return new WatchedUsers([
    makeUser({ pk: 1, username: 'ann', email: 'ann@example.com', attributes: { upn: 'ann@corp' } }),
    makeUser({ pk: 2, username: 'idle', isActive: false })
  ], { ann: 'secret', idle: 'secret' })
}

function makeIdentification (overrides: TurnOverrides & { users?: WatchedUsers } = {}) {
  const users = overrides.users ?? makeUsers()
  const turn = makeTurn(identificationStage, {
    options: { userFields: ['username', 'email'] }, definitions: { stages: [passwordStage] }, ...overrides, users
  })
  return { turn, users }
}

const refusal = { kind: 'refused', faults: [{ field: null, string: 'Failed to authenticate.', code: 'invalid' }], final: false }

t.test('challenge: without options there is no optional member', async (t) => {
  const { turn } = makeIdentification({ options: { userFields: ['username'] } })
  t.strictSame(challenge(turn), {
    userFields: ['username'],
    passwordFields: false,
    allowShowPassword: false,
    primaryAction: 'Log in',
    flowDesignation: 'authentication',
    sources: [],
    showSourceLabels: false
  })
})

t.test('challenge: links keep the query, a recovery flow continues, an application is named', async (t) => {
  const flows = ['enroll', 'recover', 'keyless'].map((slug) => makeFlow({ slug }))
  const [enrollmentFlow, recoveryFlow, passwordlessFlow] = flows.map((flow) => flow.pk)
  const { turn } = makeIdentification({
    options: { ...withPassword, enrollmentFlow, recoveryFlow, passwordlessFlow, showSourceLabels: true },
    definitions: { stages: [passwordStage], flows },
    flow: makeFlow({ designation: 'recovery' }),
    context: { application: { name: 'Wiki' } },
    query: 'next=/wiki&a=1'
  })
  t.match(challenge(turn), {
    passwordFields: true,
    allowShowPassword: true,
    primaryAction: 'Continue',
    flowDesignation: 'recovery',
    applicationPre: 'Wiki',
    enrollUrl: '/if/flow/enroll/?next=%2Fwiki&a=1',
    recoveryUrl: '/if/flow/recover/?next=%2Fwiki&a=1',
    passwordlessUrl: '/if/flow/keyless/?next=%2Fwiki&a=1'
  })
})

t.test('respond: a known user becomes the pending user, found by any field and in any case', async (t) => {
  for (const uidField of ['ann', ' ANN@example.com ']) {
    const { turn } = makeIdentification()
    t.strictSame(await respond(turn, { uidField }), { kind: 'passed' })
    t.equal(turn.context.pending_user?.pk, 1)
    t.equal(turn.context.user_backend, undefined, 'a claim proves nothing')
  }
  const { turn } = makeIdentification({ options: { userFields: ['upn'], caseInsensitiveMatching: false, pretendUserExists: false } })
  t.strictSame(await respond(turn, { uidField: 'ANN@corp' }), refusal)
  t.strictSame(await respond(turn, { uidField: 'ann@corp' }), { kind: 'passed' })
})

t.test('respond: an unknown user goes on like a known one while pretending', async (t) => {
  const known = makeIdentification().turn
  const unknown = makeIdentification().turn
  t.strictSame(await respond(unknown, { uidField: 'nobody' }), await respond(known, { uidField: 'ann@example.com' }))
  t.match(unknown.context.pending_user, { pk: null, username: 'nobody', email: 'nobody', isActive: true, hasUsablePassword: true })
  t.equal(unknown.context.pending_user_identifier, 'nobody')
  t.equal(known.context.pending_user_identifier, 'ann@example.com', 'the name behind an address is not shown yet')
  t.strictSame(unknown.recorded.reputation, known.recorded.reputation, 'no score tells them apart')
})

t.test('respond: without pretending an unknown user is refused and counted', async (t) => {
  const { turn } = makeIdentification({ options: { userFields: ['username'], pretendUserExists: false } })
  t.strictSame(await respond(turn, { uidField: 'nobody' }), refusal)
  t.equal(turn.context.pending_user?.pk, null, 'what was typed stays for a restart with context')
  t.strictSame(turn.recorded.reputation, [{ identifier: 'nobody', ip: '192.0.2.1', change: -1 }])
  t.strictSame(await respond(turn, { uidField: 'ann' }), { kind: 'passed' })
  t.equal(turn.context.pending_user_identifier, undefined, 'the identifier of the failed attempt is gone')
})

t.test('respond: a blank identifier is a fault of its field', async (t) => {
  const { turn } = makeIdentification()
  t.match(await respond(turn, { uidField: '  ' }), { faults: [{ field: 'uidField', code: 'blank' }] })
  t.equal(turn.context.pending_user, undefined)
})

t.test('embedded password: the right one identifies and proves', async (t) => {
  const { turn } = makeIdentification({ options: { ...withPassword, showMatchedUser: false } })
  t.strictSame(await respond(turn, { uidField: 'ann@example.com', password: new Sensitive('secret') }), { kind: 'passed' })
  t.match(turn.context, {
    pending_user: { pk: 1 },
    pending_user_identifier: 'ann@example.com',
    user_backend: INBUILT_BACKEND,
    auth_method: 'password',
    auth_method_args: {}
  })
  const shown = makeIdentification({ options: withPassword }).turn
  await respond(shown, { uidField: 'ann@example.com', password: new Sensitive('secret') })
  t.equal(shown.context.pending_user_identifier, undefined)
})

t.test('embedded password: wrong, none, unknown user and inactive user get one answer for one hash', async (t) => {
  const attempts = [
    { uidField: 'ann', password: new Sensitive('wrong') },
    { uidField: 'ann', password: null },
    { uidField: 'ann' },
    { uidField: 'nobody', password: new Sensitive('secret') },
    { uidField: 'idle', password: new Sensitive('secret') }
  ]
  for (const answer of attempts) {
    const { turn, users } = makeIdentification({ options: withPassword })
    t.strictSame(await respond(turn, answer), refusal)
    t.equal(users.checkedFor.length, 1)
    t.strictSame(turn.recorded.reputation, [{ identifier: answer.uidField, ip: '192.0.2.1', change: -1 }])
    t.match(turn.context, { pending_user: { pk: null, username: answer.uidField }, pending_user_identifier: answer.uidField })
    t.equal(turn.context.user_backend, undefined)
  }
})

t.test('embedded password: attempts by address count against the account', async (t) => {
  const { turn } = makeIdentification({ options: withPassword })
  await respond(turn, { uidField: 'ann@example.com', password: new Sensitive('wrong') })
  t.strictSame(turn.recorded.reputation, [{ identifier: 'ann', ip: '192.0.2.1', change: -1 }])
  const { pending_user: subject, pending_user_identifier: shown } = turn.context
  t.strictSame([subject?.pk, subject?.username, shown], [null, 'ann', 'ann@example.com'], 'a policy that asks for the score finds it')
})

t.test('guesses: what tells whether somebody exists, or whether a password is right, is one', async (t) => {
  const guessed = (options: Record<string, unknown>) =>
    identificationStage.guess(makeIdentification({ options: { userFields: ['username'], ...options } }).turn, { uidField: 'ann' })
  t.equal(guessed({}), undefined)
  t.strictSame(guessed({ pretendUserExists: false }), { identifier: 'ann' })
  t.strictSame(guessed(withPassword), { identifier: 'ann' })
})

t.test('embedded password: a user who is deactivated or deleted while the hash is computed does not pass', async (t) => {
  const changes = [(users: WatchedUsers) => users.update(1, { isActive: false }), (users: WatchedUsers) => users.delete(1)]
  for (const change of changes) {
    class Racing extends WatchedUsers {
      override async verifyPassword (user: User | undefined, password: Sensitive) {
        const matches = await super.verifyPassword(user, password)
        change(this)
        return matches
      }
    }
    const users = new Racing([makeUser({ pk: 1, username: 'ann' })], { ann: 'secret' })
    const { turn } = makeIdentification({ options: withPassword, users })
    t.strictSame(await respond(turn, { uidField: 'ann', password: new Sensitive('secret') }), refusal)
  }
})

t.test('pending user: another one takes its place without its proofs, the same one keeps them', async (t) => {
  const users = makeUsers()
  const proofs = { user_backend: INBUILT_BACKEND, auth_method: 'auth_mfa', auth_method_args: { mfa_devices: [{}] } }
  const other = makeIdentification({ users, context: { pending_user: users.named('idle'), ...proofs } }).turn
  await respond(other, { uidField: 'ann' })
  t.equal(other.context.pending_user?.pk, 1)
  t.strictSame(Object.keys(proofs).filter((key) => key in other.context), [])
  const same = makeIdentification({ users, context: { pending_user: users.named('ann'), ...proofs } }).turn
  await respond(same, { uidField: 'ann' })
  t.match(same.context, proofs)
})

t.test('pending user: that of a restored plan stays (CVE-2023-26481)', async (t) => {
  const users = makeUsers()
  users.byPk.set(3, makeUser({ pk: 3, username: 'eve' }))
  users.passwords.set(3, 'evil')
  for (const options of [{ userFields: ['username'] }, withPassword]) {
    const context = { pending_user: users.named('ann'), is_restored: { token: 1 } }
    const { turn } = makeIdentification({ users, options, context })
    t.strictSame(await respond(turn, { uidField: 'eve', password: new Sensitive('evil') }), refusal)
    t.strictSame(await respond(turn, { uidField: 'nobody', password: new Sensitive('evil') }), refusal)
    t.equal(turn.context.pending_user?.pk, 1)
    t.strictSame(await respond(turn, { uidField: 'ann', password: new Sensitive('secret') }), { kind: 'passed' })
  }
})

t.test('check: options that cannot work are refused', async (t) => {
  const dummy = { ...passwordStage, pk: '10000000-0000-4000-8000-000000000009', kind: 'dummy' }
  const definitions = makeLookup({ stages: [passwordStage, dummy] })
  const checking = (options: Record<string, unknown>) => () =>
    check(makeTurn(identificationStage, { options }).stage, definitions)
  t.doesNotThrow(checking(withPassword))
  t.throws(checking({}), { code: 'FST_FLOW_DEFINITION', message: /userFields: When no user fields are selected, at least one source must be selected$/ })
  t.throws(checking({ userFields: ['email'], sources: ['x'] }), { message: /'the-stage' \(identification\), sources: / })
  t.throws(checking({ userFields: ['email'], passwordStage: dummy.pk }), { message: /is not a password stage/ })
})
