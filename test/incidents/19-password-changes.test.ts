import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import {
  define, defineFlow, MemorySignInStore, prompt, stage, user, type FlowPlannerOptions, type SignInRecord
} from '../../plugins/index.js'
import { Sensitive } from '../../lib/context/sensitive.js'
import { StoreUnavailableError } from '../../lib/errors.js'
import { buildApp, Client } from '../app.js'
import { admin, PASSWORD } from '../flows.js'

const NEW = 'another horse entirely'

const username = prompt('username', { fieldKey: 'username', label: 'Username', type: 'username' })
const password = prompt('password', { fieldKey: 'password', label: 'Password', type: 'password' })
const ask = stage('prompt', 'new password', { fields: [password] })
const write = stage('user_write', 'write', { userCreationMode: 'never_create' })
const who = stage('identification', 'who', { userFields: ['username'] })
const login = stage('user_login', 'login')

type FlowFields = Parameters<typeof defineFlow>[0]

const flow = (slug: string, designation: FlowFields['designation'], stages: NonNullable<FlowFields['stages']>) =>
  defineFlow({ slug, name: slug, title: slug, designation, stages })

const definitions = define(
  admin,
  user('eve', { password: PASSWORD }),
  flow('in', 'authentication', [who, stage('password', 'password'), login]),
  flow('change', 'stage_configuration', [ask, write]),
  flow('change-other', 'stage_configuration', [who, ask, write]),
  flow('recover', 'recovery', [who, ask, write, login]),
  flow('enrol', 'enrollment', [stage('prompt', 'new user', { fields: [username, password] }), stage('user_write', 'create'), login])
)

/** Whoever is signed in at `/who`; `/own` changes the password by the app's own code, with `keep` for the others only. */
function routes (app: FastifyInstance): void {
  app.get('/who', async (request) => ({ user: request.flowUser?.username ?? null }))
  app.post<{ Querystring: { keep?: string } }>('/own', async (request) => {
    if (request.flowUser === null) return {}
    const changed = await app.flows.services.users.setPassword(request.flowUser.pk, new Sensitive(NEW))
    if (request.query.keep !== undefined) await app.flows.renewSignIn(request, changed)
    return {}
  })
}

/** The clock stands still: everything happens within one millisecond. */
async function visit (t: Test, planner: Partial<FlowPlannerOptions> = {}) {
  const time = Date.UTC(2026, 0, 1)
  const app = await buildApp(t, { definitions, routes, planner: { now: () => time, ...planner } })
  const signIn = async (uid: string, secret: string): Promise<Client> => {
    const client = new Client(app)
    await client.get('in')
    await client.post('in', { component: 'ak-stage-identification', uid_field: uid })
    await client.post('in', { component: 'ak-stage-password', password: secret })
    return client
  }
  return { app, signIn }
}

const userOf = async (client: Client): Promise<string | null> => (await client.request('GET', '/who')).json().user

async function change (client: Client, slug: string, uid?: string): Promise<number> {
  await client.get(slug)
  if (uid !== undefined) await client.post(slug, { component: 'ak-stage-identification', uid_field: uid })
  return (await client.post(slug, { component: 'ak-stage-prompt', password: NEW })).statusCode
}

t.test('19: whoever changes the password stays signed in, and nobody else does', async (t) => {
  const { signIn } = await visit(t)
  const [own, other, eve] = [await signIn('admin', PASSWORD), await signIn('admin', PASSWORD), await signIn('eve', PASSWORD)]
  await change(own, 'change')
  t.strictSame([await userOf(own), await userOf(other), await userOf(eve)], ['admin', null, 'eve'])
  await change(own, 'change')
  t.equal(await userOf(own), 'admin', 'once more')
  const again = await signIn('admin', NEW)
  t.strictSame([await userOf(again), await userOf(own), await userOf(other)], ['admin', 'admin', null])
})

t.test('19: a sign-in that follows the change in the same flow is good, the ones before are not', async (t) => {
  const { app, signIn } = await visit(t)
  const before = await signIn('admin', PASSWORD)
  const recovered = new Client(app)
  await change(recovered, 'recover', 'admin')
  t.strictSame([await userOf(recovered), await userOf(before)], ['admin', null])
})

t.test('19: whoever enrols with a password is signed in', async (t) => {
  const { app } = await visit(t)
  const client = new Client(app)
  await client.get('enrol')
  await client.post('enrol', { component: 'ak-stage-prompt', username: 'new', password: NEW })
  t.equal(await userOf(client), 'new')
})

t.test('19: a change of somebody else’s password ends their sign-ins, not the own', async (t) => {
  const { signIn } = await visit(t)
  const [own, eve] = [await signIn('admin', PASSWORD), await signIn('eve', PASSWORD)]
  await change(own, 'change-other', 'eve')
  t.strictSame([await userOf(own), await userOf(eve)], ['admin', null])
})

t.test('19: a change by the app’s own code ends all, but for the one that it renews', async (t) => {
  const { signIn } = await visit(t)
  const [own, other] = [await signIn('admin', PASSWORD), await signIn('admin', PASSWORD)]
  await own.request('POST', '/own?keep')
  t.strictSame([await userOf(own), await userOf(other)], ['admin', null])
  await own.request('POST', '/own')
  t.equal(await userOf(own), null)
})

/** A store that is away when a sign-in is to be renewed. */
class NeverRenewing extends MemorySignInStore {
  override replace (_id: string, _record: SignInRecord): void { throw new StoreUnavailableError('away') }
}

t.test('19: a change that is cut off before the renewal ends the own sign-in too', async (t) => {
  const { signIn } = await visit(t, { signIns: new NeverRenewing({ now: () => Date.UTC(2026, 0, 1) }) })
  const [own, other] = [await signIn('admin', PASSWORD), await signIn('admin', PASSWORD)]
  t.equal(await change(own, 'change'), 503)
  t.strictSame([await userOf(own), await userOf(other)], [null, null])
  t.equal(await userOf(await signIn('admin', NEW)), 'admin')
})
