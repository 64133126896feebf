import { Value } from '@sinclair/typebox/value'
import t from 'tap'
import { consentStage } from '../../lib/stages/consent.js'
import { FakeUsers, makeUser } from '../fake-users.js'
import { makeTurn, NOON, type TurnOverrides } from '../turn.js'

const WEEK = 7 * 24 * 3600 * 1000
const ann = makeUser({ username: 'ann' })
const permissions = (...ids: string[]) => ids.map((id) => ({ id, name: `The ${id}` }))

function turnOf (overrides: TurnOverrides = {}) {
  return makeTurn(consentStage, {
    users: new FakeUsers([ann]), sessionUser: ann, ...overrides, context: { application: 'App', ...overrides.context }
  })
}

/** Enters and answers with the token that was shown. */
async function agree (overrides: TurnOverrides = {}) {
  const turn = turnOf(overrides)
  const entered = await consentStage.enter(turn)
  if (entered !== undefined) return { turn, entered }
  const challenge = consentStage.challenge(turn)
  return { turn, entered, challenge, result: await consentStage.respond(turn, { token: challenge.token }) }
}

t.test('consent: asks with header, permissions and a token', async (t) => {
  const { challenge, result } = await agree({ context: { consent_permissions: permissions('email') } })
  t.strictSame(challenge, {
    headerText: "You're about to sign into App.",
    permissions: [{ name: 'The email', id: 'email' }],
    additionalPermissions: [],
    token: '00000000-0000-4000-8000-000000000001'
  })
  t.ok(Value.Check(consentStage.challengeSchema, challenge))
  t.strictSame(result, { kind: 'passed' })
})

t.test('consent: the header is the context\'s, else names the application, else is neutral', async (t) => {
  const header = async (context: Record<string, unknown>) => (await agree({ context })).challenge?.headerText
  t.equal(await header({ consent_header: 'Continue to confirm this email address.' }), 'Continue to confirm this email address.')
  t.equal(await header({ application: { slug: 'app', name: 'The App' } }), "You're about to sign into The App.")
  t.equal(await header({ application: { slug: 'app' } }), "You're about to sign into app.")
  for (const none of [undefined, null, '', {}, { slug: 7 }]) {
    t.equal(await header({ application: none }), 'Do you agree to continue?')
  }
})

t.test('consent: another token is refused and keeps nothing', async (t) => {
  const turn = turnOf({ options: { mode: 'permanent' } })
  await consentStage.enter(turn)
  for (const token of ['', 'undefined', '00000000-0000-4000-8000-000000000002', consentStage.challenge(turn).token.slice(1)]) {
    t.strictSame(await consentStage.respond(turn, { token }), {
      kind: 'refused', faults: [{ field: 'token', string: 'Invalid consent token, re-showing prompt', code: 'invalid' }], final: false
    })
  }
  t.equal(turn.users.consents.size, 0)
})

t.test('consent: always_require keeps nothing and asks again', async (t) => {
  const users = new FakeUsers([ann])
  const options = { mode: 'always_require' }
  await agree({ users, options })
  t.equal(users.consents.size, 0)
  users.saveConsent(ann.pk, { application: 'App', permissions: [], expiresAt: null })
  t.equal((await agree({ users, options })).entered, undefined, 'whatever was kept by another stage')
})

t.test('consent: permanent is kept for ever, and passes from then on', async (t) => {
  const users = new FakeUsers([ann])
  const overrides = { users, options: { mode: 'permanent' }, context: { consent_permissions: permissions('foo') } }
  await agree(overrides)
  t.strictSame(users.consents.get(ann.pk), [{ application: 'App', permissions: ['foo'], expiresAt: null }])
  t.strictSame((await agree({ ...overrides, now: () => NOON + 1000 * WEEK })).entered, { kind: 'passed' })
})

t.test('consent: expiring is kept for as long as the stage says', async (t) => {
  const users = new FakeUsers([ann])
  await agree({ users })
  t.strictSame(users.consents.get(ann.pk), [{ application: 'App', permissions: [], expiresAt: NOON + 4 * WEEK }])
  t.strictSame((await agree({ users, now: () => NOON + 4 * WEEK - 1 })).entered, { kind: 'passed' })
  t.equal((await agree({ users, now: () => NOON + 4 * WEEK })).entered, undefined)
})

t.test('consent: more permissions are asked for apart, and the union is kept', async (t) => {
  const users = new FakeUsers([ann])
  const options = { mode: 'permanent' }
  await agree({ users, options, context: { consent_permissions: permissions('foo') } })
  const more = { users, options, context: { consent_permissions: permissions('foo', 'bar') } }
  t.match((await agree(more)).challenge, { permissions: permissions('foo'), additionalPermissions: permissions('bar') })
  t.match(users.consents.get(ann.pk), [{ permissions: ['foo', 'bar'] }])
  t.strictSame((await agree(more)).entered, { kind: 'passed' })
  t.match((await agree({ users, options, context: { consent_permissions: permissions('bar') } })).challenge,
    { permissions: permissions('bar'), additionalPermissions: [] }, 'fewer are asked for again')
})

t.test('consent: is of one user for one application', async (t) => {
  const bob = makeUser({ username: 'bob' })
  const users = new FakeUsers([ann, bob])
  await agree({ users, context: { application: { slug: 'app', name: 'App' } } })
  t.equal(users.consents.get(ann.pk)?.[0]?.application, 'app')
  t.strictSame((await agree({ users, context: { application: { slug: 'app', name: 'New name' } } })).entered, { kind: 'passed' })
  t.equal((await agree({ users, context: { application: 'other' } })).entered, undefined)
  t.equal((await agree({ users, context: { application: { slug: 'app' }, pending_user: bob } })).entered, undefined)
})

t.test('consent: without an application or a stored user it asks and keeps nothing', async (t) => {
  for (const context of [{ application: undefined }, { pending_user: { ...ann, pk: null } }]) {
    const users = new FakeUsers([ann])
    const { result } = await agree({ users, options: { mode: 'permanent' }, context })
    t.strictSame(result, { kind: 'passed' })
    t.equal(users.consents.size, 0)
  }
})

t.test('consent: a list of permissions that is none is a fault, never a shorter list', async (t) => {
  for (const list of ['email', [{ id: 'email' }], [7], { id: 'a', name: 'b' }]) {
    await t.rejects(agree({ context: { consent_permissions: list } }), { message: /consent_permissions must be a list/ })
  }
})

t.test('consent: a duration that says nothing is refused', async (t) => {
  const check = (consentExpireIn: string) => () =>
    consentStage.check({ pk: 's', name: 'agree', kind: 'consent', options: { mode: 'expiring', consentExpireIn } })
  t.doesNotThrow(check('weeks=4;days=1'))
  for (const wrong of ['', '4 weeks', 'weeks=-1']) {
    t.throws(check(wrong), { code: 'FST_FLOW_DEFINITION', message: /'agree'.*consentExpireIn.*is not in the correct format of 'hours=3;minutes=1'\./ })
  }
  const turn = turnOf({ options: { consentExpireIn: 'soon' } })
  await consentStage.enter(turn)
  await consentStage.respond(turn, { token: consentStage.challenge(turn).token })
  t.equal(turn.users.consents.get(ann.pk)?.[0]?.expiresAt, NOON, 'unchecked, it expires at once')
})
