import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { mock } from 'node:test'
import t, { type Test } from 'tap'
import type { StoredRun } from '../../lib/runs/run-state.js'
import { redisStores } from '../../lib/redis/index.js'
import { MemorySignInStore, define, defineFlow, stage, user, type FlowPlannerOptions } from '../../plugins/index.js'
import { buildApp, Client, type AppOptions } from '../app.js'
import { SlowSerialisingStore } from '../e2e/session-store.js'
import { SharedRunStore } from '../e2e/shared-run-store.js'
import { connectClient } from '../redis/clients.js'
import { hasRedis, RedisServer } from '../redis/server.js'

const definitions = define(
  user('alice', { password: 'open sesame, please' }),
  defineFlow({
    slug: 'walk', name: 'Walk', title: 'Walk', designation: 'stage_configuration', stages: [stage('dummy', 'one'), stage('dummy', 'two')]
  }),
  defineFlow({
    slug: 'sign-in',
    name: 'Sign in',
    title: 'Sign in',
    designation: 'authentication',
    stages: [stage('identification', 'who', { userFields: ['username'] }), stage('password', 'password'), stage('user_login', 'login')]
  })
)

async function listening (t: Test, planner: Partial<FlowPlannerOptions> = {}, session: AppOptions['session'] = {}) {
  const app = await buildApp(t, { definitions, planner, session })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const client = new Client(app)
  const open = async (slug: string): Promise<IncomingMessage> => {
    const request = get(`${url}/api/v3/flows/inspector/${slug}/events/`, { headers: { cookie: `sessionId=${client.cookie ?? ''}` } })
    t.teardown(() => request.destroy())
    const [response]: IncomingMessage[] = await once(request, 'response')
    if (response === undefined) throw new Error('no response')
    return response.setEncoding('utf8')
  }
  return { app, client, open }
}

/** The next piece of a stream. */
async function piece (stream: IncomingMessage): Promise<string> {
  const [text]: string[] = await once(stream, 'data')
  return text ?? ''
}

t.test('events: a stream that tells when the run moves', async (t) => {
  const { client, open } = await listening(t)
  await client.get('walk')
  const stream = await open('walk')
  t.equal(stream.statusCode, 200)
  t.match(stream.headers, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  t.equal(stream.headers['set-cookie'], undefined)
  t.equal(await piece(stream), 'retry: 500\n\n')
  const told = piece(stream)
  await client.post('walk', { component: 'ak-stage-dummy' })
  t.equal(await told, 'event: run\ndata:\n\n')
  const cancelled = piece(stream)
  await client.request('GET', '/flows/-/cancel/')
  t.equal(await cancelled, 'event: run\ndata:\n\n')
})

t.test('events: a stream stays while the run moves, for as long as the session keeps its key', async (t) => {
  const { client, open } = await listening(t)
  await client.get('walk')
  const stream = await open('walk')
  let hasEnded = false
  stream.once('end', () => { hasEnded = true })
  t.equal(await piece(stream), 'retry: 500\n\n')
  await client.get('walk')
  const told = piece(stream)
  await client.post('walk', { component: 'ak-stage-dummy' })
  t.equal(await told, 'event: run\ndata:\n\n')
  // What ends a stream ends it with the reply; another reply over a socket comes after it.
  await piece(await open('walk'))
  t.notOk(hasEnded)
})

t.test('events: a stream ends when the session changes hands, and when the server stops', async (t) => {
  const { app, client, open } = await listening(t)
  await client.get('sign-in')
  await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'alice' })
  const stream = await open('sign-in')
  const ended = once(stream.resume(), 'end')
  await client.post('sign-in', { component: 'ak-stage-password', password: 'open sesame, please' })
  await ended
  const next = await open('sign-in')
  t.equal(next.statusCode, 200, 'the browser connects again with its new cookie')
  const stopped = once(next.resume(), 'end')
  await app.close()
  await stopped
})

t.test('events: another session is told nothing', async (t) => {
  const { app, client, open } = await listening(t)
  await client.get('walk')
  const stream = await open('walk')
  const heard: string[] = []
  stream.on('data', (text: string) => heard.push(text))
  const other = new Client(app)
  await other.get('walk')
  await other.post('walk', { component: 'ak-stage-dummy' })
  const told = piece(stream)
  await client.post('walk', { component: 'ak-stage-dummy' })
  await told
  t.equal(heard.filter((text) => text.includes('event: run')).length, 1)
})

t.test('events: only so many for one session', async (t) => {
  const { client, open } = await listening(t)
  await client.get('walk')
  const streams: IncomingMessage[] = []
  for (let count = 0; count < 6; count++) streams.push(await open('walk'))
  const refused = await open('walk')
  t.equal(refused.statusCode, 503)
  t.equal(refused.headers['retry-after'], '30')
  t.strictSame(streams.map(({ statusCode }) => statusCode), [200, 200, 200, 200, 200, 200])
})

t.test('events: for whoever may inspect, and only where there is a run', async (t) => {
  const { client } = await listening(t, { canInspect: ({ headers }) => headers['x-may'] === 'yes' })
  const ask = async (slug: string, may: string) => await client.request('GET', `/api/v3/flows/inspector/${slug}/events/`, undefined, { 'x-may': may })
  t.equal((await ask('walk', 'no')).statusCode, 403)
  t.equal((await ask('walk', 'yes')).statusCode, 400)
  t.equal((await ask('nothing', 'yes')).statusCode, 404)
})

/** Counts how often a run is asked for. */
class CountingRunStore extends SharedRunStore {
  loads = 0

  override async load (id: string): Promise<StoredRun | undefined> {
    this.loads += 1
    return await super.load(id)
  }
}

/** Two processes, as far as a test can have them: they share their stores, and their intervals go by the test's clock. */
async function twoProcesses (t: Test) {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const runs = new CountingRunStore()
  const planner = { runs, signIns: new MemorySignInStore({ now: Date.now }) }
  const session = { store: new SlowSerialisingStore(0) }
  const here = await listening(t, planner, session)
  const elsewhere = await listening(t, planner, session)
  const other = (): Client => new Client(elsewhere.app, here.client.cookie)
  return { ...here, other, runs }
}

t.test('events: what another process does is seen within a second', async (t) => {
  const { client, other, open } = await twoProcesses(t)
  await client.get('walk')
  const stream = await open('walk')
  t.equal(await piece(stream), 'retry: 500\n\n')
  const first = piece(stream)
  mock.timers.tick(1000)
  t.equal(await first, 'event: run\ndata:\n\n', 'the first look tells of what happened before it')
  const heard: string[] = []
  stream.on('data', (text: string) => heard.push(text))
  await other().post('walk', { component: 'ak-stage-dummy' })
  t.strictSame(heard, [])
  const told = piece(stream)
  mock.timers.tick(1000)
  t.equal(await told, 'event: run\ndata:\n\n')
  const own = piece(stream)
  await client.get('walk', 'next=%2F')
  await client.post('walk', { component: 'ak-stage-dummy' })
  t.equal(await own, 'event: run\ndata:\n\n', 'what this process does is told at once')
})

t.test('events: a stream ends when another process gives the session a new key, or ends the run', async (t) => {
  const { client, other, open } = await twoProcesses(t)
  await client.get('sign-in')
  await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'alice' })
  const stream = await open('sign-in')
  const ended = once(stream.resume(), 'end')
  const signedIn = other()
  await signedIn.post('sign-in', { component: 'ak-stage-password', password: 'open sesame, please' })
  t.not(signedIn.cookie, client.cookie)
  mock.timers.tick(1000)
  await ended
  await signedIn.get('walk')
  client.cookie = signedIn.cookie
  const next = await open('walk')
  const cancelled = once(next.resume(), 'end')
  await signedIn.request('GET', '/flows/-/cancel/')
  mock.timers.tick(1000)
  await cancelled
})

t.test('events: nobody looks at a run any more once the connections are closed', async (t) => {
  const { app, client, open, runs } = await twoProcesses(t)
  await client.get('walk')
  const looks = async (): Promise<number> => {
    const before = runs.loads
    mock.timers.tick(20_000)
    await new Promise(setImmediate)
    return runs.loads - before
  }
  const stream = await open('walk')
  t.ok(await looks() > 0)
  stream.destroy()
  // The server hears of it by the socket.
  while (await looks() > 0);
  await piece(await open('walk'))
  t.ok(await looks() > 0)
  await app.close()
  t.equal(await looks(), 0)
})

t.test('events: by Redis, what another process does is seen', async (t) => {
  if (!hasRedis(t)) return
  const server = await RedisServer.start(t)
  const process = async () => {
    const { sessions, runs, signIns } = redisStores(await connectClient(t, server, 'ioredis'), { definitions })
    return await listening(t, { runs, signIns }, { store: sessions })
  }
  const { client, open } = await process()
  const elsewhere = await process()
  await client.get('walk')
  const stream = await open('walk')
  // The beginning, and the first look.
  await piece(stream)
  await piece(stream)
  const told = piece(stream)
  await new Client(elsewhere.app, client.cookie).post('walk', { component: 'ak-stage-dummy' })
  t.equal(await told, 'event: run\ndata:\n\n')
})
