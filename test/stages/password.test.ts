import t from 'tap'
import { Sensitive } from '../../lib/context/sensitive.js'
import type { User } from '../../lib/model/user.js'
import { passwordStage } from '../../lib/stages/password.js'
import { unsavedSubject } from '../../lib/users/unsaved-subject.js'
import { FakeUsers, makeUser } from '../fake-users.js'
import { makeFlow, makeTurn, type TurnOverrides } from '../turn.js'

const { check, enter, challenge, respond } = passwordStage

class WatchedUsers extends FakeUsers {
  readonly checkedFor: Array<string | undefined> = []

  override async verifyPassword (user: User | undefined, password: Sensitive) {
    this.checkedFor.push(user?.username)
    return await super.verifyPassword(user, password)
  }
}

const makeUsers = () => new WatchedUsers([
  makeUser({ pk: 1, username: 'ann' }), makeUser({ pk: 2, username: 'idle', isActive: false })
], { ann: 'secret', idle: 'secret' })

function makePasswordTurn (username: string, overrides: TurnOverrides = {}) {
  const users = makeUsers()
  const turn = makeTurn(passwordStage, { context: { pending_user: users.named(username) }, ...overrides, users })
  return { turn, users }
}

const answer = (password: string) => ({ password: new Sensitive(password) })
const wrong = (final: boolean) =>
  ({ kind: 'refused', faults: [{ field: 'password', string: 'Invalid password', code: 'invalid' }], final })

t.test('challenge: links to the first recovery flow', async (t) => {
  t.strictSame(challenge(makePasswordTurn('ann').turn), { allowShowPassword: false })
  const flows = [makeFlow({ slug: 'log-in' }), makeFlow({ slug: 'recover', designation: 'recovery' })]
  const { turn } = makePasswordTurn('ann', { definitions: { flows }, options: { allowShowPassword: true } })
  t.strictSame(challenge(turn), { allowShowPassword: true, recoveryUrl: 'https://login.example/if/flow/recover/' })
})

t.test('respond: the right password proves the pending user as it is now', async (t) => {
  const { turn, users } = makePasswordTurn('ann', { context: { pending_user: makeUser({ pk: 1, username: 'old name' }) } })
  t.equal(enter(turn), undefined)
  t.strictSame(await respond(turn, answer('secret')), { kind: 'passed' })
  t.match(turn.context, {
    pending_user: users.named('ann'), user_backend: 'authentik.core.auth.InbuiltBackend', auth_method: 'password', auth_method_args: {}
  })
  t.strictSame(turn.recorded.reputation, [], 'the score rises at the sign-in only')
})

t.test('respond: what an earlier stage proved of the same user is kept', async (t) => {
  const users = makeUsers()
  const context = { pending_user: users.named('ann'), auth_method_args: { mfa_devices: [{ pk: '1' }] } }
  const { turn } = makePasswordTurn('ann', { context })
  await respond(turn, answer('secret'))
  t.strictSame(turn.context.auth_method_args, { mfa_devices: [{ pk: '1' }] })
})

t.test('respond: wrong passwords are counted, and the last one is final', async (t) => {
  const { turn } = makePasswordTurn('ann', { options: { failedAttemptsBeforeCancel: 3 } })
  t.strictSame(await respond(turn, answer('a')), wrong(false))
  t.strictSame(await respond(turn, answer('secret ')), wrong(false), 'whitespace counts')
  t.strictSame(await respond(turn, answer('c')), wrong(true))
  t.strictSame(turn.recorded.reputation, Array(3).fill({ identifier: 'ann', ip: '192.0.2.1', change: -1 }))
  t.equal(turn.context.user_backend, undefined)
  t.notMatch(JSON.stringify([turn.scratch, turn.context]), /secret/)
})

t.test('respond: an attempt that ends in an error counts', async (t) => {
  class Broken extends FakeUsers {
    override async verifyPassword (): Promise<boolean> {
      throw new Error('no connection')
    }
  }
  const users = new Broken([makeUser({ pk: 1, username: 'ann' })])
  const turn = makeTurn(passwordStage, { users, context: { pending_user: users.named('ann') } })
  await t.rejects(respond(turn, answer('secret')), { message: 'no connection' })
  t.strictSame(turn.scratch, { attempts: 1 })
})

t.test('respond: inactive, unsaved and deleted users are answered like a wrong password, for one hash each', async (t) => {
  const services = { newId: () => '00000000-0000-4000-8000-000000000000', now: () => 0 }
  const subjects = [makeUsers().named('idle'), unsavedSubject('ann', services), makeUser({ pk: 9, username: 'gone' })]
  for (const subject of subjects) {
    const { turn, users } = makePasswordTurn('ann', { context: { pending_user: subject } })
    t.strictSame(await respond(turn, answer('secret')), wrong(false))
    t.equal(users.checkedFor.length, 1)
    t.equal(turn.context.pending_user, subject)
  }
})

t.test('no pending user: denied at the door and at the answer, whoever is signed in', async (t) => {
  const turn = makeTurn(passwordStage, { users: makeUsers(), sessionUser: makeUser({ pk: 1, username: 'ann' }) })
  t.strictSame(enter(turn), { kind: 'denied', message: 'Unknown error' })
  t.strictSame(await respond(turn, answer('secret')), { kind: 'denied', message: 'Unknown error' })
})

t.test('check: the backend that can be asked must be among them', async (t) => {
  const ldap = 'authentik.sources.ldap.auth.LDAPBackend'
  const checking = (backends: string[]) => () => check(makeTurn(passwordStage, { options: { backends } }).stage)
  t.doesNotThrow(checking(['authentik.core.auth.InbuiltBackend', ldap]))
  t.throws(checking([ldap]), { code: 'FST_FLOW_DEFINITION', message: /backends: must hold 'authentik.core.auth.InbuiltBackend'/ })
})
