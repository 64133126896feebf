import t from 'tap'
import { userDeleteStage } from '../../lib/stages/user-delete.js'
import { userLoginStage } from '../../lib/stages/user-login.js'
import { userLogoutStage } from '../../lib/stages/user-logout.js'
import { unsavedSubject } from '../../lib/users/unsaved-subject.js'
import { FakeUsers, makeUser } from '../fake-users.js'
import { makeTurn, type TurnOverrides } from '../turn.js'

const unsaved = unsavedSubject('nobody', { newId: () => '00000000-0000-4000-8000-000000000000', now: () => 0 })
const unknownError = { kind: 'denied', message: 'Unknown error' }

function makeUsers () {
  return new FakeUsers([makeUser({ pk: 1, username: 'ann' }), makeUser({ pk: 2, username: 'idle', isActive: false })])
}

function makeLogin (username: string, overrides: TurnOverrides = {}) {
  const users = makeUsers()
  return makeTurn(userLoginStage, { context: { pending_user: users.named(username) }, ...overrides, users })
}

t.test('user login: signs the pending user in, as the store has it now', async (t) => {
  const context = { pending_user: makeUser({ pk: 1, username: 'old name' }), pending_user_identifier: 'typed' }
  const turn = makeLogin('ann', { context })
  t.equal(userLoginStage.actsOnEntry, true)
  t.strictSame(await userLoginStage.enter(turn), { kind: 'passed' })
  t.match(turn.recorded.signIns, [{ user: { pk: 1, username: 'ann' }, signIn: { duration: null, terminateOthers: false } }])
  t.strictSame(turn.recorded.reputation, [{ identifier: 'ann', ip: '192.0.2.1', change: 1 }])
  t.equal(turn.context.pending_user?.username, 'ann')
  t.equal(turn.context.pending_user_identifier, undefined)
})

t.test('user login: duration and the end of other sessions are the options’', async (t) => {
  const turn = makeLogin('ann', { options: { sessionDuration: 'hours=2', terminateOtherSessions: true } })
  await userLoginStage.enter(turn)
  t.strictSame(turn.recorded.signIns[0]?.signIn, { duration: 7_200_000, terminateOthers: true, key: turn.effectKey('sign_in') })
})

t.test('user login: with an offset it asks, and adds it for whoever says yes', async (t) => {
  const options = { sessionDuration: 'hours=1', rememberMeOffset: 'hours=2' }
  for (const [rememberMe, duration] of [[true, 10_800_000], [false, 3_600_000]] as const) {
    const turn = makeLogin('ann', { options })
    t.equal(await userLoginStage.enter(turn), undefined)
    t.strictSame(userLoginStage.challenge(), {})
    t.strictSame(turn.recorded.signIns, [])
    t.strictSame(await userLoginStage.respond(turn, { rememberMe }), { kind: 'passed' })
    t.equal(turn.recorded.signIns[0]?.signIn.duration, duration)
  }
})

t.test('user login: nobody, an unsaved, a deleted and an inactive user are denied (CVE-2025-53942)', async (t) => {
  const users = makeUsers()
  for (const pendingUser of [null, unsaved, makeUser({ pk: 9 }), users.named('idle'), { ...users.named('idle'), isActive: true }]) {
    const turn = makeLogin('ann', { context: { pending_user: pendingUser }, sessionUser: users.named('ann') })
    t.strictSame(await userLoginStage.enter(turn), unknownError)
    t.strictSame(await userLoginStage.respond(turn, { rememberMe: true }), unknownError)
    t.strictSame([turn.recorded.signIns, turn.recorded.reputation], [[], []])
  }
})

t.test('user login: where the score cannot be kept nobody is signed in', async (t) => {
  const reputation = { adjust: () => { throw new Error('no connection') }, score: () => 0 }
  const turn = makeLogin('ann', { services: { reputation } })
  await t.rejects(userLoginStage.enter(turn), { message: 'no connection' })
  t.strictSame(turn.recorded.signIns, [])
})

t.test('user login: options that cannot be kept are refused', async (t) => {
  const checking = (options: Record<string, unknown>) => () => userLoginStage.check(makeLogin('ann', { options }).stage)
  t.doesNotThrow(checking({ sessionDuration: 'days=1;hours=2' }))
  t.throws(checking({ sessionDuration: 'soon' }),
    { code: 'FST_FLOW_DEFINITION', message: /sessionDuration: soon is not in the correct format of 'hours=3;minutes=1'\.$/ })
  t.throws(checking({ rememberMeOffset: 'hours=-1' }), { message: /rememberMeOffset: hours=-1 is less than nothing/ })
  t.doesNotThrow(checking({ sessionDuration: 'days=36500', rememberMeOffset: 'days=25' }))
  for (const options of [{ sessionDuration: 'days=999999999' }, { sessionDuration: 'days=36500', rememberMeOffset: 'days=26' }]) {
    t.throws(checking(options), { code: 'FST_FLOW_DEFINITION', message: /sessionDuration: days=\d+, with .*, is more than 100 years/ })
  }
  t.throws(checking({ networkBinding: 'bind_asn' }), { message: /networkBinding: 'bind_asn' cannot be kept/ })
  t.throws(checking({ geoipBinding: 'bind_continent' }), { message: /geoipBinding: 'bind_continent' cannot be kept/ })
})

t.test('user logout: signs out and passes', async (t) => {
  const turn = makeTurn(userLogoutStage)
  t.strictSame(await userLogoutStage.enter(turn), { kind: 'passed' })
  t.equal(turn.recorded.signOuts, 1)
})

t.test('user delete: the session’s user is signed out and deleted', async (t) => {
  const users = makeUsers()
  const turn = makeTurn(userDeleteStage, { users, sessionUser: users.named('ann') })
  t.strictSame(await userDeleteStage.enter(turn), { kind: 'passed' })
  t.strictSame([users.get(1), turn.recorded.signOuts], [undefined, 1])
})

t.test('user delete: the pending user comes before the session’s, whose session stays', async (t) => {
  const users = makeUsers()
  const context = { pending_user: users.named('idle'), pending_user_identifier: 'idle' }
  const turn = makeTurn(userDeleteStage, { users, sessionUser: users.named('ann'), context })
  t.strictSame(await userDeleteStage.enter(turn), { kind: 'passed' })
  t.strictSame([users.get(2), users.get(1)?.username, turn.recorded.signOuts], [undefined, 'ann', 0])
  t.strictSame(turn.context, {})
})

t.test('user delete: nobody, an unsaved and a deleted user are denied', async (t) => {
  for (const context of [{}, { pending_user: unsaved }, { pending_user: makeUser({ pk: 9 }) }]) {
    const turn = makeTurn(userDeleteStage, { users: makeUsers(), context })
    t.strictSame(await userDeleteStage.enter(turn), { kind: 'denied', message: 'No Pending User.' })
  }
})
