import t from 'tap'
import { define, defineFlow, prompt, stage } from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { SlowSerialisingStore } from '../e2e/session-store.js'

/** Names of what a session, an object or a function has; all of them may be asked for, and mean nothing. */
const KEYS = [
  'save', 'cookie', 'destroy', 'regenerate', 'reload', 'set', 'get', 'options', 'touch', 'sessionId', 'flows', 'request', 'encryptedSessionId',
  'toString', 'valueOf', 'hasOwnProperty', 'toJSON', 'then', '__defineGetter__', 'isSuperuser', 'is_superuser', 'pending_user', 'groups'
]

const definitions = define(defineFlow({
  slug: 'enrol',
  name: 'Enrol',
  title: 'Enrol',
  designation: 'enrollment',
  stages: [
    stage('prompt', 'ask', {
      fields: [
        prompt('username', { fieldKey: 'username', label: 'Username', type: 'username' }),
        ...KEYS.map((key) => prompt(`field ${key}`, { fieldKey: key, label: key, type: 'text' })),
        prompt('in attributes', { fieldKey: 'attributes.settings.__proto__x', label: 'x', type: 'text' })
      ]
    }),
    stage('dummy', 'pause'),
    stage('user_write', 'write', { userCreationMode: 'always_create' }),
    stage('user_login', 'login')
  ]
}))

t.test('17: what prompts ask for under any name reaches no prototype, no session and no right', async (t) => {
  const store = new SlowSerialisingStore(0)
  const app = await buildApp(t, {
    definitions,
    session: { store },
    routes: (app) => {
      app.get('/who', async (request) => ({ user: request.flowUser?.username ?? null, isSuperuser: request.flowUser?.isSuperuser ?? null }))
    }
  })
  const client = new Client(app)
  await client.get('enrol')
  const typed = Object.fromEntries(KEYS.map((key) => [key, 'canary of a key']))
  const answer = { component: 'ak-stage-prompt', username: 'eve', 'attributes.settings.__proto__x': 'y', ...typed }
  t.equal((await client.post('enrol', answer)).json().component, 'ak-stage-dummy')
  const { prompt_data: data } = (await client.inspect('enrol')).json().current_plan.plan_context
  for (const key of ['save', 'cookie', 'toString', 'then']) t.equal(data[key], 'canary of a key', `${key} is data`)
  t.notOk([...store.sessions.values()].some((text) => text.includes('canary of a key')), 'the session holds none of it')
  const end = await client.post('enrol', { component: 'ak-stage-dummy' })
  t.equal(end.json().component, 'xak-flow-redirect')
  t.strictSame((await client.request('GET', '/who')).json(), { user: 'eve', isSuperuser: false })
  t.equal(Reflect.get({}, 'isSuperuser'), undefined)
  t.equal(Reflect.get({}, 'x'), undefined)
  t.type(Reflect.get({}, 'toString'), 'function')
})

t.test('17: a prompt for a prototype is no definition', async (t) => {
  for (const fieldKey of ['__proto__', 'constructor', 'prototype']) {
    await t.rejects(buildApp(t, {
      definitions: define(defineFlow({
        slug: 'enrol',
        name: 'Enrol',
        title: 'Enrol',
        designation: 'enrollment',
        stages: [stage('prompt', 'ask', { fields: [prompt('bad', { fieldKey, label: 'x', type: 'text' })] })]
      }))
    }), { code: 'FST_FLOW_DEFINITION', message: new RegExp(fieldKey) })
  }
})

t.test('17: a context with such keys, as a host may get it from JSON, reaches no prototype', async (t) => {
  const app = await buildApp(t, {
    definitions,
    routes: (app) => {
      app.get('/start', async (request) => (await app.flows.start(request, 'enrol', JSON.parse(
        '{"__proto__":{"isSuperuser":true},"constructor":{"prototype":{"isSuperuser":true}},"a":{"__proto__":{"isSuperuser":true}},"save":1}'))).url)
    }
  })
  const client = new Client(app)
  t.equal((await client.request('GET', '/start')).statusCode, 200)
  t.equal(Reflect.get({}, 'isSuperuser'), undefined)
  t.equal((await client.inspect('enrol')).statusCode, 200)
  t.equal((await client.get('enrol')).json().component, 'ak-stage-prompt')
})
