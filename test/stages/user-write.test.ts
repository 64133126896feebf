import t from 'tap'
import { Opaque } from '../../lib/context/opaque.js'
import { Sensitive } from '../../lib/context/sensitive.js'
import { userWriteStage } from '../../lib/stages/user-write.js'
import { FakeUsers, makeUser } from '../fake-users.js'
import { makeTurn, type TurnOverrides } from '../turn.js'

const GROUP = '33333333-3333-4333-8333-333333333333'
const FAILED = { kind: 'denied', message: 'Failed to update user. Please try again later.' }

async function write (data: Record<string, unknown> | undefined, overrides: TurnOverrides = {}) {
  const context = { ...overrides.context, ...(data === undefined ? {} : { prompt_data: data }) }
  const turn = makeTurn(userWriteStage, { ...overrides, context })
  const result = await userWriteStage.enter(turn)
  return { turn, result, users: [...turn.users.byPk.values()], pending: turn.context.pending_user }
}

t.test('user write: without prompt data nothing is written', async (t) => {
  const { result, users } = await write(undefined)
  t.strictSame(result, { kind: 'denied', message: 'No Pending data.' })
  t.strictSame(users, [])
})

t.test('user write: makes a new user with password, groups and source, who is pending from then on', async (t) => {
  const other = '44444444-4444-4444-8444-444444444444'
  const { result, users, turn, pending } = await write(
    { username: 'ann', name: 'Ann', email: 'ann@example.org', password: new Sensitive('s3cret'), password_repeat: new Sensitive('s3cret') },
    { options: { createUsersGroup: GROUP }, context: { groups: [{ pk: other }, GROUP], source: { name: 'a directory' } } })
  t.equal(result.kind, 'passed')
  t.match(users, [{ username: 'ann', name: 'Ann', email: 'ann@example.org', isActive: true }])
  t.strictSame(users[0]?.attributes, { 'goauthentik.io/user/sources': ['a directory'] })
  t.strictSame(users[0]?.groups.map(({ pk }) => pk), [GROUP, other])
  t.equal(turn.users.passwords.get(users[0]?.pk ?? 0), 's3cret')
  t.equal(pending, users[0])
  t.equal(pending?.hasUsablePassword, true, 'as it is after the last change')
})

t.test('user write: new users may be made inactive, and no prompt says otherwise', async (t) => {
  const { users } = await write(
    { username: 'ann', is_active: true, isActive: true, is_superuser: true, isSuperuser: true, groups: [GROUP], pk: 1, id: 1, uuid: 'x' },
    { options: { createUsersAsInactive: true } })
  t.match(users, [{ username: 'ann', isActive: false, isSuperuser: false, groups: [], attributes: {} }])
  t.not(users[0]?.uuid, 'x')
})

t.test('user write: changes the pending user, attributes in depth, and leaves the rest', async (t) => {
  const ann = makeUser({
    username: 'ann', name: 'Ann', email: 'ann@example.org', attributes: { kept: 1, settings: { theme: 'dark', locale: 'en' }, text: 'x' }
  })
  const { result, users, pending } = await write({
    name: 'Ann B.',
    age: 42,
    'attributes.settings.locale': 'de',
    'attributes.text.deeper_still': 'y',
    attributes_address_town: 'Ghent',
    attributes: { settings: { size: 2 }, list: [1], secret: new Sensitive('no'), new: { a: { b: 1 } } },
    'attributes.pin': new Sensitive('1234'),
    'attributes.nothing': undefined,
    'attributes.': 'x',
    'attributes..x': 'x',
    attributes_: 'x',
    attributesx: 'x',
    component: 'ak-stage-prompt'
  }, { users: new FakeUsers([ann]), context: { pending_user: ann } })
  t.equal(result.kind, 'passed')
  t.strictSame(users, [{
    ...ann,
    name: 'Ann B.',
    attributes: {
      kept: 1,
      settings: { theme: 'dark', locale: 'de', size: 2 },
      text: { deeper_still: 'y' },
      address: { town: 'Ghent' },
      list: [1],
      new: { a: { b: 1 } }
    }
  }])
  t.equal(pending, users[0])
})

t.test('user write: reads the user anew, because the pending one may be old', async (t) => {
  const ann = makeUser({ username: 'ann', attributes: { new: 1 } })
  const { users } = await write({ 'attributes.a': 1 },
    { users: new FakeUsers([ann]), context: { pending_user: { ...ann, attributes: { old: 1 } } } })
  t.strictSame(users[0]?.attributes, { new: 1, a: 1 })
})

t.test('user write: only a password', async (t) => {
  const ann = makeUser({ username: 'ann' })
  const written = async (password: unknown) => {
    const users = new FakeUsers([ann], { ann: 'before' })
    return [(await write({ password }, { users, context: { pending_user: ann } })).result, users.passwords.get(ann.pk)]
  }
  t.strictSame(await written(new Sensitive('after')), [{ kind: 'passed' }, 'after'])
  t.strictSame(await written('after, from the host'), [{ kind: 'passed' }, 'after, from the host'])
  for (const unusable of [new Sensitive(undefined), new Sensitive(''), '', 7, null]) {
    t.strictSame(await written(unusable), [FAILED, 'before'], 'what is no password any more denies')
  }
})

t.test('user write: sources and groups of the context are added to a known user, once', async (t) => {
  const ann = makeUser({ username: 'ann' })
  const users = new FakeUsers([ann])
  for (const source of ['a', 'a', { name: 'b' }, {}, 7]) await write({}, { users, context: { pending_user: ann, source } })
  await write({}, { users, context: { pending_user: ann, groups: [GROUP] }, options: { createUsersGroup: ann.uuid } })
  t.strictSame(users.named('ann').attributes, { 'goauthentik.io/user/sources': ['a', 'b'] })
  t.strictSame(users.named('ann').groups.map(({ pk }) => pk), [GROUP], "the stage's group is for new users")
  t.strictSame((await write({}, { users, context: { pending_user: ann, groups: [7] } })).result, FAILED)
})

t.test('user write: the user who is signed in is changed only where nobody is pending', async (t) => {
  const ann = makeUser({ username: 'ann' })
  const unsaved = { ...makeUser({ username: 'typed' }), pk: null }
  const run = (overrides: TurnOverrides) => write({ username: 'new', name: 'New' }, { users: new FakeUsers([ann]), sessionUser: ann, ...overrides })

  t.strictSame((await run({})).users, [{ ...ann, username: 'new', name: 'New' }], 'nobody is pending')
  const gone = await run({ context: { pending_user: null } })
  t.strictSame([gone.result, gone.users], [FAILED, [ann]], 'whom the flow was about is gone')

  const enrolled = await run({ options: { userCreationMode: 'always_create' } })
  t.match(enrolled.users, [ann, { username: 'new' }], 'always_create')
  t.equal(enrolled.pending, enrolled.users[1])

  const pretended = await run({ context: { pending_user: unsaved } })
  t.match(pretended.users, [ann, { username: 'new' }], 'the pending user is not stored')
  t.strictSame((await run({ context: { pending_user: unsaved }, options: { userCreationMode: 'never_create' } })).result,
    { kind: 'denied', message: "No user found and can't create new user." })
})

t.test('user write: a new user does not inherit what was proved of another', async (t) => {
  const ann = makeUser({ username: 'ann' })
  const { turn } = await write({ username: 'new' }, {
    users: new FakeUsers([ann]), context: { pending_user: ann, auth_method: 'password' }, options: { userCreationMode: 'always_create' }
  })
  t.equal(turn.context.pending_user?.username, 'new')
  t.notOk('auth_method' in turn.context)
})

t.test('user write: never_create without a user, and a restored plan that would make another, are denied', async (t) => {
  t.strictSame((await write({ username: 'ann' }, { options: { userCreationMode: 'never_create' } })).result,
    { kind: 'denied', message: "No user found and can't create new user." })
  const ann = makeUser({ username: 'ann' })
  const { result, users } = await write({ username: 'new' }, {
    users: new FakeUsers([ann]), context: { pending_user: ann, is_restored: true }, options: { userCreationMode: 'always_create' }
  })
  t.equal(result.kind, 'denied')
  t.strictSame(users, [ann])
})

t.test('user write: a username that is blank or taken is denied', async (t) => {
  const ann = makeUser({ username: 'ann' })
  const bob = makeUser({ username: 'bob' })
  const users = () => new FakeUsers([ann, bob])
  t.strictSame((await write({})).result, { kind: 'denied', message: 'Unknown error' })
  t.strictSame((await write({ username: '  ' })).result, { kind: 'denied', message: 'Unknown error' })
  t.strictSame((await write({ username: '' }, { users: users(), context: { pending_user: ann } })).result,
    { kind: 'denied', message: 'Unknown error' })
  t.strictSame((await write({ username: 'bob' }, { users: users() })).result, FAILED)
  const taken = await write({ username: 'bob', name: 'x' }, { users: users(), context: { pending_user: ann } })
  t.strictSame(taken.result, FAILED)
  t.strictSame(taken.users, [ann, bob])
  t.equal((await write({ username: 42 })).users[0]?.username, '42')
  t.strictSame((await write({ username: 'x' }, { context: { pending_user: ann } })).result, FAILED, 'a user who is gone')
})

t.test('user write: an error of the store denies and its text is told nobody', async (t) => {
  for (const [thrown, sort] of [[new RangeError('s3cret'), 'RangeError'], ['s3cret', 'string']] as const) {
    class BrokenUsers extends FakeUsers {
      override create (): never { throw thrown }
    }
    const { result, turn } = await write({ username: 'ann' }, { users: new BrokenUsers() })
    t.strictSame(result, FAILED)
    t.strictSame(turn.recorded.logged, [
      { level: 'warn', details: { stage: 'the-stage', error: sort }, message: 'A user could not be written' }
    ])
  }
})

t.test('user write: what the context could not keep is not written in its place', async (t) => {
  const lost = new Opaque('too large')
  for (const data of [{ 'attributes.avatar': lost }, { attributes: { avatar: lost } }, { attributes: { pictures: [{ front: lost }] } }]) {
    const { result, users } = await write({ username: 'ann', ...data })
    t.strictSame(result, FAILED)
    t.strictSame(users, [], 'nobody is made')
  }
  t.equal((await write({ username: 'ann', 'not an attribute': lost })).result.kind, 'passed')
})

t.test('user write: no key reaches a prototype', async (t) => {
  const hostile: Record<string, unknown> = JSON.parse(`{
    "username": "ann", "__proto__": {"name": "polluted"},
    "attributes.__proto__.polluted": 1, "attributes_constructor_prototype_polluted": 1, "attributes.a.prototype.polluted": 1,
    "attributes.toString.b": 1,
    "attributes": {"__proto__": {"polluted": 1}, "deep": {"constructor": {"polluted": 1}, "prototype": 1, "ok": 1}}
  }`)
  const { result, users } = await write(hostile)
  t.equal(result.kind, 'passed')
  t.equal(users[0]?.name, '')
  t.strictSame(JSON.parse(JSON.stringify(users[0]?.attributes)), { toString: { b: 1 }, deep: { ok: 1 } })
  t.notOk('polluted' in {}, 'Object.prototype')
  t.notOk(Object.hasOwn(Object, 'polluted'), 'Object')
})
