import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import flowPlanner, { define, defineFlow, passed, stage, type StageKind } from '../../plugins/index.js'
import type { RunState } from '../../lib/runs/run-state.js'
import { buildApp, Client } from '../app.js'
import { SlowSerialisingStore } from '../e2e/session-store.js'
import { SharedRunStore } from '../e2e/shared-run-store.js'
import { OWN_KIND, visitorOf } from '../executor/own-stage.js'
import { admin, dummies, PASSWORD } from '../flows.js'

const CANCEL = '/flows/-/cancel/'
const DUMMY = { component: 'ak-stage-dummy' }

async function isLive (client: Client, slug: string): Promise<boolean> {
  const inspected = await client.inspect(slug)
  return inspected.statusCode === 200 && !inspected.json().is_completed
}

t.test('cancel: ends the run that a stage of another flow has begun', async (t) => {
  const target = dummies('target', 'one', 'two')
  const from = defineFlow({
    slug: 'from',
    name: 'From',
    title: 'From',
    designation: 'stage_configuration',
    stages: [stage('dummy', 'first'), stage('redirect', 'to the target', { mode: 'flow', targetFlow: target })]
  })
  const app = await buildApp(t, { definitions: define(target, from) })
  const client = new Client(app)
  await client.get('from')
  t.match((await client.post('from', DUMMY)).json(), { component: 'xak-flow-redirect', to: '/if/flow/target/' })
  t.equal(await isLive(client, 'target'), true)
  // With the target's definition gone, what the session knows is all that there is to go by.
  app.flows.replaceDefinitions(define(dummies('elsewhere', 'one')))
  t.equal((await client.request('GET', CANCEL)).statusCode, 302)
  app.flows.replaceDefinitions(define(target, from))
  t.equal(await isLive(client, 'target'), false)
  t.match((await client.post('target', DUMMY)).json(), { name: 'target one', response_errors: { non_field_errors: [{ code: 'restarted' }] } })
})

t.test('cancel: ends the runs of a session, however many flows it has started', async (t) => {
  const slugs = Array.from({ length: 14 }, (_, index) => `walk-${index}`)
  const client = new Client(await buildApp(t, { definitions: define(...slugs.map((slug) => dummies(slug, 'one', 'two'))) }))
  for (const slug of slugs) {
    await client.get(slug)
    await client.post(slug, DUMMY)
  }
  const live = []
  for (const slug of slugs) if (await isLive(client, slug)) live.push(slug)
  t.strictSame(live, slugs.slice(-5), 'a session has five at the most: the first ones are gone')
  await client.request('GET', CANCEL)
  for (const slug of slugs) t.match((await client.get(slug)).json(), { name: `${slug} one` })
})

t.test('cancel: ends the runs of two tabs that have started at once', async (t) => {
  const store = new SlowSerialisingStore(5)
  const app = await buildApp(t, { definitions: define(dummies('a', 'one', 'two'), dummies('b', 'one', 'two'), dummies('c', 'one')), session: { store } })
  const client = new Client(app)
  await client.get('c')
  await Promise.all(['a', 'b'].map((slug) => new Client(app, client.cookie).get(slug)))
  for (const slug of ['a', 'b']) t.equal(await isLive(client, slug), true)
  await client.request('GET', CANCEL)
  for (const slug of ['a', 'b']) t.equal(await isLive(client, slug), false, slug)
})

/** A store that lets another process move the run on before each cancellation is written, as often as it is told. */
class OvertakenStore extends SharedRunStore {
  overtake: (() => Promise<void>) | undefined

  override async compareAndSet (id: string, revision: number, state: RunState): Promise<boolean> {
    if (state.ending?.kind === 'cancelled') await this.overtake?.()
    return await super.compareAndSet(id, revision, state)
  }
}

async function twoProcesses (t: Test) {
  const runs = new OvertakenStore()
  const steps = Array.from({ length: 20 }, (_, index) => String(index))
  const common = {
    definitions: define(dummies('walk', ...steps)), planner: { runs, sealKeys: [new Uint8Array(32)] }, session: { store: new SlowSerialisingStore(0) }
  }
  const client = new Client(await buildApp(t, common))
  await client.get('walk')
  const other = new Client(await buildApp(t, common), client.cookie)
  return { runs, client, other }
}

t.test('cancel: is tried again where another process has moved the run on', async (t) => {
  const { runs, client, other } = await twoProcesses(t)
  let left = 3
  runs.overtake = async () => {
    if (left-- > 0) t.equal((await other.post('walk', DUMMY)).statusCode, 200)
  }
  t.equal((await client.request('GET', CANCEL)).statusCode, 302)
  t.equal(left, -1)
  t.equal(await isLive(client, 'walk'), false)
})

t.test('cancel: says so where another process is faster every time', async (t) => {
  const { runs, client, other } = await twoProcesses(t)
  runs.overtake = async () => { await other.post('walk', DUMMY) }
  const response = await client.request('GET', CANCEL)
  t.equal(response.statusCode, 503)
  t.match(response.json(), { code: 'FST_FLOW_RUN_BUSY' })
  t.ok(response.headers['retry-after'])
  t.equal(await isLive(client, 'walk'), true)
})

/** A client of a sign-in with a stage before its last one that the test holds up, and what waits in it. */
async function heldUp (t: Test, runs: object) {
  const [reached, goOn] = [gate(), gate()]
  const kind: StageKind = {
    ...OWN_KIND,
    async enter () {
      reached.open()
      await goOn.opened
      return passed()
    }
  }
  const definitions = define(admin, defineFlow({
    slug: 'sign-in',
    name: 'Sign in',
    title: 'Sign in',
    designation: 'authentication',
    stages: [stage('identification', 'who', { userFields: ['username'] }), stage('password', 'password'), stage(kind, 'held up'), stage('user_login', 'login')]
  }))
  const client = new Client(await buildApp(t, {
    definitions,
    planner: { stageKinds: [kind], ...runs },
    routes: (app) => { app.get('/who', async (request) => ({ user: request.flowUser?.username ?? null })) }
  }))
  await client.get('sign-in')
  await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })
  const other = new Client(client.app, client.cookie)
  const answered = other.post('sign-in', { component: 'ak-stage-password', password: PASSWORD })
  await reached.opened
  return { client, other, answered, goOn }
}

for (const runs of [{}, { runs: new SharedRunStore(), sealKeys: [new Uint8Array(32)] }]) {
  for (const isStartedAgain of [false, true]) {
    const about = `${'runs' in runs ? 'shared' : 'one process'}, ${isStartedAgain ? 'started again' : 'left'}`
    t.test(`cancel: waits for no stage, and what one was at work on signs nobody in: ${about}`, async (t) => {
      const { client, other, answered, goOn } = await heldUp(t, runs)
      t.equal((await client.request('GET', CANCEL)).statusCode, 302)
      t.equal(await isLive(client, 'sign-in'), false)
      if (isStartedAgain) t.match((await client.get('sign-in')).json(), { component: 'ak-stage-identification' })
      goOn.open()
      t.match(await answered, { statusCode: 409 })
      for (const one of [client, other]) t.equal((await one.request('GET', '/who')).json().user, null)
      t.match((await new Client(client.app, client.cookie).get('sign-in')).json(), { component: 'ak-stage-identification' })
    })
  }
}

/** Something that is to be waited for, and what says that it is so. */
function gate () {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => { open = resolve })
  return { open, opened }
}

/** An app on a socket, with a client of its flow of stages that the test holds up, and what gives an answer and goes away. */
async function abortingClient (t: Test, respond: () => Promise<void>) {
  const kind: StageKind = {
    ...OWN_KIND,
    async respond () {
      await respond()
      return passed()
    }
  }
  const walk = defineFlow({
    slug: 'walk', name: 'Walk', title: 'Walk', designation: 'stage_configuration', stages: ['a', 'b', 'c', 'd'].map((name) => stage(kind, name))
  })
  const app = await buildApp(t, { definitions: define(walk), planner: { stageKinds: [kind] } })
  const url = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const client = new Client(app)
  await client.get('walk')
  /** Gives an answer over a connection of its own, and ends that when it is told. */
  const answerAndGo = async (when: Promise<void>): Promise<void> => {
    const accepted = once(app.server, 'connection')
    const socket = connect(Number(url.port), url.hostname)
    const body = JSON.stringify({ component: 'test-own' })
    socket.write(`POST /api/v3/flows/executor/walk/ HTTP/1.1\r\nhost: ${url.host}\r\ncookie: sessionId=${client.cookie}\r\n` +
      `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
    const [served]: Socket[] = await accepted
    await when
    socket.destroy()
    if (served !== undefined && !served.closed) await once(served, 'close')
    await nextTurn()
  }
  return { client, answerAndGo }
}

t.test('a client that goes away while its answer is judged keeps nobody from answering its run', async (t) => {
  const [reached, goOn] = [gate(), gate()]
  const respond = async () => {
    reached.open()
    await goOn.opened
  }
  const { client, answerAndGo } = await abortingClient(t, respond)
  await answerAndGo(reached.opened)
  goOn.open()
  t.match((await client.get('walk')).json(), { component: 'test-own' })
  // What was under way with the answer is waited for, for some milliseconds; until then an answer is too early.
  for (let tries = 0; tries < 2000 && (await client.inspect('walk')).json().plans.length < 2; tries += 1) {
    await client.post('walk', { component: 'test-own', passes: 2 })
  }
  t.equal((await client.inspect('walk')).json().plans.length, 2)
  for (const passes of [3, 4]) {
    t.equal((await client.post('walk', { component: 'test-own', passes })).statusCode, 200)
    t.equal((await client.inspect('walk')).json().plans.length, passes)
  }
})

t.test('what another site sends is refused before anything else is looked at, a session that is not there included', async (t) => {
  const app = await buildApp(t, { definitions: define(dummies('walk', 'one')), session: { cookie: { secure: false, path: '/elsewhere' } } })
  const answer = await app.inject({
    method: 'POST', url: '/api/v3/flows/executor/walk/', headers: { 'sec-fetch-site': 'cross-site' }, payload: DUMMY
  })
  t.equal(answer.statusCode, 403)
  t.equal(answer.json().code, 'FST_FLOW_CROSS_SITE')
})

t.test('the status of a challenge is its own, whatever a hook of the app has set before', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(cookie)
  await app.register(session, { secret: 'a secret of at least thirty-two characters', cookie: { secure: false } })
  app.addHook('onRequest', async (_request, reply) => { reply.code(202) })
  await app.register(flowPlanner, { definitions: define(dummies('walk', 'one', 'two')), pages: false })
  const client = new Client(app)
  t.equal((await client.get('walk')).statusCode, 200)
  t.equal((await client.post('walk', DUMMY)).statusCode, 200)
})

t.test('an answer to a run that was cancelled is none to the one that was begun since, though an equal one has moved that', async (t) => {
  let isJudged = (): void => {}
  const judging = new Promise<void>((resolve) => { isJudged = resolve })
  let goOn = (): void => {}
  const going = new Promise<void>((resolve) => { goOn = resolve })
  let answers = 0
  const kind: StageKind = {
    ...OWN_KIND,
    respond: async () => {
      answers += 1
      if (answers === 1) {
        isJudged()
        await going
      }
      return passed()
    }
  }
  const client = await visitorOf(t, kind, [stage(kind, 'own'), stage('dummy', 'behind')])
  await client.get('walk')
  const late = client.post('walk', { component: kind.component })
  await judging
  const other = new Client(client.app, client.cookie)
  t.equal((await other.request('GET', CANCEL)).statusCode, 302)
  await other.get('walk')
  t.match((await other.post('walk', { component: kind.component })).json(), { component: 'ak-stage-dummy' })
  goOn()
  t.equal((await late).statusCode, 409)
})
