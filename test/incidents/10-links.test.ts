import { createHash } from 'node:crypto'
import t from 'tap'
import { define, defineFlow, MemoryConsumedStore, prompt, Sensitive, stage, user } from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { PASSWORD, admin } from '../flows.js'

const who = stage('identification', 'who', { userFields: ['username'] })
const definitions = define(
  admin,
  user('alice', { password: PASSWORD }),
  defineFlow({
    slug: 'recovery',
    name: 'Recovery',
    title: 'Recovery',
    designation: 'recovery',
    stages: [
      who,
      stage('prompt', 'new password', { fields: [prompt('password', { fieldKey: 'password', label: 'Password', type: 'password' })] }),
      stage('user_write', 'write', {}),
      stage('user_login', 'login')
    ]
  }),
  defineFlow({
    slug: 'sign-in',
    name: 'Sign in',
    title: 'Sign in',
    designation: 'authentication',
    stages: [who, stage('password', 'password'), stage('user_login', 'sign in')]
  }),
  defineFlow({
    slug: 'other',
    name: 'Other',
    title: 'Other',
    designation: 'recovery',
    stages: [stage('dummy', 'first'), stage('user_login', 'other login')]
  })
)

/** An app whose mailed links start the recovery of one user, each once: as a host does it with this package. */
async function withLinks (t: Parameters<typeof buildApp>[0]) {
  const links = new Map([['alices-token', { user: 'alice', flow: 'recovery' }]])
  const consumed = new MemoryConsumedStore({ now: Date.now })
  const app = await buildApp(t, {
    definitions,
    routes: (app) => {
      app.get<{ Params: { flow: string, token: string } }>('/link/:flow/:token', async (request, reply) => {
        const link = links.get(request.params.token)
        const digest = createHash('sha256').update(request.params.token).digest('hex')
        if (link === undefined || link.flow !== request.params.flow || !await consumed.useToken(digest)) {
          return await reply.code(404).send({ detail: 'This link is not good.' })
        }
        const holder = await app.flows.services.users.find({ fields: ['username'], value: link.user, caseInsensitive: false })
        const { url } = await app.flows.start(request, link.flow, { pending_user: holder ?? null, is_restored: true })
        return await reply.redirect(url)
      })
      app.get('/who', async (request) => ({ user: request.flowUser?.username ?? null }))
    }
  })
  return app
}

t.test('10: a link is good once, for its flow, and in the browser that has opened it', async (t) => {
  const app = await withLinks(t)
  const alice = new Client(app)
  t.equal((await alice.request('GET', '/link/other/alices-token')).statusCode, 404, 'for another flow it is none')
  const opened = await alice.request('GET', '/link/recovery/alices-token')
  t.equal(opened.headers.location, '/if/flow/recovery/')
  const attacker = new Client(app)
  t.equal((await attacker.request('GET', '/link/recovery/alices-token')).statusCode, 404, 'replayed in another browser')
  t.equal((await alice.request('GET', '/link/recovery/alices-token')).statusCode, 404, 'replayed in the same')
  const theirs = (await attacker.get('recovery')).json()
  t.equal(theirs.component, 'ak-stage-identification')
  t.notMatch((await attacker.inspect('recovery')).body, /alice/, 'the page of the flow knows nothing of the link in another browser')
  t.equal((await attacker.get('other')).json().component, 'ak-stage-dummy')
  t.notMatch((await attacker.inspect('other')).body, /alice/)
})

t.test('10: nobody puts another user in the place of the one whom the link was made for', async (t) => {
  const app = await withLinks(t)
  const client = new Client(app)
  await client.request('GET', '/link/recovery/alices-token')
  const swapped = await client.post('recovery', { component: 'ak-stage-identification', uid_field: 'admin' })
  t.match(swapped.json(), { component: 'ak-stage-identification', response_errors: {} })
  t.equal((await client.post('recovery', { component: 'ak-stage-identification', uid_field: 'alice' })).json().component, 'ak-stage-prompt')
  await client.post('recovery', { component: 'ak-stage-prompt', password: 'a new and better one' })
  t.equal((await client.request('GET', '/who')).json().user, 'alice')
  const { users } = app.flows.services
  const root = await users.find({ fields: ['username'], value: 'admin', caseInsensitive: false })
  t.equal(await users.verifyPassword(root, new Sensitive(PASSWORD)), true, 'the password of the other one is as it was')
})

t.test('10: what a link has begun in one flow is not there in another flow of the same browser', async (t) => {
  const app = await withLinks(t)
  const client = new Client(app)
  await client.request('GET', '/link/recovery/alices-token')
  await client.get('other')
  const end = await client.post('other', { component: 'ak-stage-dummy' })
  t.equal(end.json().component, 'ak-stage-access-denied', 'a sign-in without anybody')
  t.equal((await client.request('GET', '/who')).json().user, null)
})

t.test('10: a link whose user is gone lets nobody in, whoever is named in the place of that user', async (t) => {
  const app = await withLinks(t)
  const client = new Client(app)
  await client.request('GET', '/link/recovery/alices-token')
  const { users } = app.flows.services
  const alice = await users.find({ fields: ['username'], value: 'alice', caseInsensitive: false })
  if (alice === undefined) throw new Error('alice is defined')
  await users.delete(alice.pk)
  for (const name of ['admin', 'alice', 'nobody']) {
    const named = await client.post('recovery', { component: 'ak-stage-identification', uid_field: name })
    t.match(named.json(), { component: 'ak-stage-identification', response_errors: {} }, name)
  }
  await client.post('recovery', { component: 'ak-stage-prompt', password: 'a new and better one' })
  t.equal((await client.request('GET', '/who')).json().user, null)
  const root = await users.find({ fields: ['username'], value: 'admin', caseInsensitive: false })
  t.equal(await users.verifyPassword(root, new Sensitive(PASSWORD)), true)
})

t.test('10: what is entered for a user who is deleted meanwhile is not written to who is signed in', async (t) => {
  const app = await withLinks(t)
  const client = new Client(app)
  await client.get('sign-in')
  await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })
  await client.post('sign-in', { component: 'ak-stage-password', password: PASSWORD })
  t.equal((await client.request('GET', '/who')).json().user, 'admin')
  await client.get('recovery')
  t.equal((await client.post('recovery', { component: 'ak-stage-identification', uid_field: 'alice' })).json().component, 'ak-stage-prompt')
  const { users } = app.flows.services
  const alice = await users.find({ fields: ['username'], value: 'alice', caseInsensitive: false })
  if (alice === undefined) throw new Error('alice is defined')
  await users.delete(alice.pk)
  const end = await client.post('recovery', { component: 'ak-stage-prompt', password: 'meant for alice' })
  t.equal(end.json().component, 'ak-stage-access-denied')
  const root = await users.find({ fields: ['username'], value: 'admin', caseInsensitive: false })
  t.equal(await users.verifyPassword(root, new Sensitive(PASSWORD)), true)
})
