import t from 'tap'
import { define, defineFlow, MemoryRunStore, prompt, stage } from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { SlowSerialisingStore } from '../e2e/session-store.js'
import { dummies } from '../flows.js'
import { makeState } from '../runs/run-state.js'

t.test('14: a million runs that nobody goes on with leave no more than the store was told to keep', async (t) => {
  const runs = new MemoryRunStore({ max: 1000, now: () => 0 })
  const state = makeState({ expiresAt: 1 })
  let most = 0
  for (let index = 0; index < 1_000_000; index++) {
    runs.create(`run ${index}`, state)
    most = Math.max(most, runs.size)
  }
  t.equal(most, 1000)
})

t.test('14: runs started over HTTP and left alone are bounded too, and the latest still goes on', async (t) => {
  const clock = { time: Date.UTC(2026, 0, 1) }
  const runs = new MemoryRunStore({ max: 50, now: () => clock.time })
  const app = await buildApp(t, { definitions: define(dummies('walk', 'one', 'two')), planner: { runs, now: () => clock.time } })
  for (let index = 0; index < 200; index++) await new Client(app).get('walk')
  t.equal(runs.size, 50)
  const client = new Client(app)
  await client.get('walk')
  t.equal((await client.post('walk', { component: 'ak-stage-dummy' })).json().name, 'walk two')
  clock.time += 1_800_000
  t.equal((await client.inspect('walk')).statusCode, 400, 'and none outlives its age')
})

t.test('14: runs that are too old go when others are started, and those that are not stay', async (t) => {
  const clock = { time: 0 }
  const runs = new MemoryRunStore({ now: () => clock.time })
  for (let index = 0; index < 100; index++) runs.create(`old ${index}`, makeState({ expiresAt: 10 }))
  runs.create('young', makeState({ expiresAt: 20 }))
  t.equal(runs.size, 101)
  clock.time = 10
  for (let index = 0; index < 10; index++) runs.create(`new ${index}`, makeState({ expiresAt: 30 }))
  t.equal(runs.size, 11)
  t.ok(runs.load('young'))
  t.equal(runs.load('old 99'), undefined)
})

t.test('14: forged, expired and missing cookies create no entry in the session store and no run', async (t) => {
  const store = new SlowSerialisingStore(0)
  const runs = new MemoryRunStore({ max: 1000, now: Date.now })
  const app = await buildApp(t, {
    definitions: define(dummies('walk', 'one')),
    session: { store },
    planner: { runs, canInspect: () => true },
    routes: (app) => { app.get('/who', async (request) => ({ user: request.flowUser?.username ?? null })) }
  })
  for (const cookie of [undefined, 'forged', `${'a'.repeat(32)}.${'b'.repeat(43)}`, '']) {
    for (const url of [
      '/who', '/flows/-/cancel/', '/api/v3/flows/inspector/walk/', '/api/v3/flows/inspector/walk/explain/', '/api/v3/flows/instances/',
      '/api/v3/flows/instances/walk/', '/api/v3/flows/executor/no-such/', '/api/v3/flows/executor/%20/'
    ]) t.strictSame((await new Client(app, cookie).request('GET', url)).cookies.filter(({ value }) => value !== ''), [], url)
    const form = await new Client(app, cookie).request('POST', '/api/v3/flows/executor/walk/', undefined, { 'content-type': 'text/plain' })
    t.strictSame(form.cookies, [])
  }
  t.equal(store.sessions.size, 0)
  t.equal(runs.size, 0)
})

t.test('14: what is typed into runs that nobody goes on with is bounded too, secrets included', async (t) => {
  const maxBytes = 4 * 1024 * 1024
  const runs = new MemoryRunStore({ maxBytes, now: Date.now })
  const field = (fieldKey: string, type: 'text' | 'password') => prompt(fieldKey, { fieldKey, label: fieldKey, type })
  const ask = stage('prompt', 'ask', { fields: [field('one', 'text'), field('two', 'text'), field('secret', 'password')] })
  const flow = defineFlow({
    slug: 'enrol', name: 'Enrol', title: 'Enrol', designation: 'enrollment', stages: [ask, stage('dummy', 'next'), stage('user_write', 'write')]
  })
  const app = await buildApp(t, { definitions: define(flow), planner: { runs } })
  const long = 'x'.repeat(65_536)
  const type = async (client: Client) => await client.post('enrol', { component: 'ak-stage-prompt', one: long, two: long, secret: long })
  for (let index = 0; index < 100; index += 1) {
    const client = new Client(app)
    await client.get('enrol')
    t.match((await type(client)).json(), { name: 'next' })
    t.ok(runs.bytes <= maxBytes)
  }
  t.ok(runs.size < 20 && runs.size > 1, `${runs.size} runs are kept`)
})

t.test('14: a text or a password that is too long is a fault of its field', async (t) => {
  const field = (fieldKey: string, type: 'text' | 'password' | 'file') => prompt(fieldKey, { fieldKey, label: fieldKey, type })
  const ask = stage('prompt', 'ask', { fields: [field('text', 'text'), field('secret', 'password'), field('file', 'file')] })
  const flow = defineFlow({ slug: 'ask', name: 'Ask', title: 'Ask', designation: 'stage_configuration', stages: [ask, stage('dummy', 'next')] })
  const client = new Client(await buildApp(t, { definitions: define(flow) }))
  await client.get('ask')
  const file = `data:text/plain;base64,${'A'.repeat(100_000)}`
  const long = 'x'.repeat(65_537)
  const response = await client.post('ask', { component: 'ak-stage-prompt', text: long, secret: long, file })
  const fault = { string: 'Ensure this field has no more than 65536 characters.', code: 'max_length' }
  t.strictSame(response.json().response_errors, { text: [fault], secret: [fault] })
  const right = await client.post('ask', { component: 'ak-stage-prompt', text: long.slice(1), secret: long.slice(1), file })
  t.match(right.json(), { name: 'next' })
})

t.test('14: a file of the size that a body may have is still there when it is written, some requests later', async (t) => {
  const avatar = prompt('avatar', { fieldKey: 'attributes.avatar', label: 'Avatar', type: 'file' })
  const username = prompt('name', { fieldKey: 'username', label: 'Name', type: 'username' })
  const flow = defineFlow({
    slug: 'enrol',
    name: 'Enrol',
    title: 'Enrol',
    designation: 'enrollment',
    stages: [stage('prompt', 'ask', { fields: [username, avatar] }), stage('dummy', 'between'), stage('user_write', 'write')]
  })
  const app = await buildApp(t, { definitions: define(flow) })
  const client = new Client(app)
  const file = `data:image/png;base64,${'A'.repeat(200_000)}`
  await client.get('enrol')
  t.match((await client.post('enrol', { component: 'ak-stage-prompt', username: 'ann', 'attributes.avatar': file })).json(), { name: 'between' })
  t.match((await client.post('enrol', { component: 'ak-stage-dummy' })).json(), { component: 'xak-flow-redirect' })
  const ann = await app.flows.services.users.find({ fields: ['username'], value: 'ann', caseInsensitive: false })
  t.strictSame(ann?.attributes, { avatar: file })
})
