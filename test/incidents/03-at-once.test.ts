import dns from 'node:dns'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { MemoryStore } from '@fastify/session'
import t, { type Test } from 'tap'
import { define } from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { dummies, PASSWORD, signInAndOut } from '../flows.js'
import { SlowSerialisingStore } from '../e2e/session-store.js'
import { SharedRunStore } from '../e2e/shared-run-store.js'

const flows = define(dummies('walk', 'one', 'two', 'three', 'four'))
const DUMMY = { component: 'ak-stage-dummy' }

/** Lets nobody read a session until this many are waiting to. */
class GatheringStore extends SlowSerialisingStore {
  readonly #waiting: (() => void)[] = []
  readonly #crowd: number
  #isOpen = true

  constructor (crowd: number) {
    super()
    this.#crowd = crowd
    const read = this.get
    this.get = (id, callback) => {
      this.#waiting.push(() => read(id, callback))
      if (this.#waiting.length >= this.#crowd) this.#isOpen = true
      if (this.#isOpen) for (const go of this.#waiting.splice(0)) go()
    }
  }

  gather (): void {
    this.#isOpen = false
  }
}

for (const Store of [MemoryStore, SlowSerialisingStore]) {
  for (const rolling of [true, false]) {
    t.test(`3: fifty equal answers at once advance one step once: ${Store.name}, rolling ${rolling}`, async (t) => {
      const app = await buildApp(t, { definitions: flows, session: { store: new Store(), rolling } })
      const client = new Client(app)
      await client.get('walk')
      const { cookie } = client
      const responses = await Promise.all(Array.from({ length: 50 }, async () => await new Client(app, cookie).post('walk', DUMMY)))
      t.ok(responses.every(({ statusCode }) => statusCode === 200), 'all are answered')
      t.strictSame(new Set(responses.map(({ body }) => body)).size, 1, 'and all alike')
      t.equal(responses[0]?.json().name, 'walk two')
      const inspected = (await client.inspect('walk')).json()
      t.equal(inspected.plans.length, 1)
      t.equal(inspected.current_plan.current_stage.stage_obj.name, 'walk two')
    })
  }
}

t.test('3: fifty equal answers over sockets, later than one another, advance one step once', async (t) => {
  const app = await buildApp(t, { definitions: signInAndOut, session: { store: new SlowSerialisingStore() } })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const client = new Client(app)
  await client.get('sign-in')
  const headers = { cookie: `sessionId=${client.cookie}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ component: 'ak-stage-identification', uid_field: 'admin' })
  const statuses = await Promise.all(Array.from({ length: 50 }, async () =>
    (await fetch(`${url}/api/v3/flows/executor/sign-in/`, { method: 'POST', headers, body })).status))
  t.ok(statuses.every((status) => status === 200 || status === 409))
  t.ok(statuses.includes(200))
  t.equal((await client.inspect('sign-in')).json().plans.length, 1)
})

for (const rolling of [true, false]) {
  t.test(`3: fifty equal answers over sockets, all there before the first is answered, pass one of three like stages: rolling ${rolling}`, async (t) => {
    const store = new GatheringStore(50)
    const app = await buildApp(t, { definitions: flows, session: { store, rolling } })
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    const client = new Client(app)
    await client.get('walk')
    store.gather()
    const headers = { cookie: `sessionId=${client.cookie}`, 'content-type': 'application/json' }
    const bodies = await Promise.all(Array.from({ length: 50 }, async () => {
      const response = await fetch(`${url}/api/v3/flows/executor/walk/`, { method: 'POST', headers, body: JSON.stringify(DUMMY) })
      return `${response.status} ${await response.text()}`
    }))
    t.equal(new Set(bodies).size, 1, 'all are answered alike')
    t.match(bodies[0], /^200 .*"walk two"/)
    t.equal((await client.inspect('walk')).json().plans.length, 1)
  })
}

t.test('3: fifty equal answers at once over new connections pass one of sixty like stages', async (t) => {
  const app = await buildApp(t, { definitions: define(dummies('long', ...Array.from({ length: 60 }, (_, index) => `stage ${index}`))) })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const client = new Client(app)
  await client.get('long')
  const headers = { cookie: `sessionId=${client.cookie}`, 'content-type': 'application/json' }
  await Promise.all(Array.from({ length: 50 }, async () =>
    await (await fetch(`${url}/api/v3/flows/executor/long/`, { method: 'POST', headers, body: JSON.stringify(DUMMY) })).text()))
  t.equal((await client.inspect('long')).json().plans.length, 1)
})

/** Gives `localhost` a second address, as it has one in most places. */
function giveLocalhostTwoAddresses (t: Test): void {
  const { lookup } = dns
  t.teardown(() => { dns.lookup = lookup })
  const isAsked = (host: unknown, options: unknown) =>
    host === 'localhost' && typeof options === 'object' && options !== null && 'all' in options && options.all === true
  dns.lookup = new Proxy(lookup, {
    apply (target, self, args: unknown[]) {
      const callback = args.at(-1)
      if (!isAsked(args[0], args[1]) || typeof callback !== 'function') return Reflect.apply(target, self, args)
      return Reflect.apply(callback, undefined, [null, ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }))])
    }
  })
}

t.test('3: fifty equal answers at once to any address of localhost pass one of sixty like stages', async (t) => {
  giveLocalhostTwoAddresses(t)
  const app = await buildApp(t, { definitions: define(dummies('long', ...Array.from({ length: 60 }, (_, index) => `stage ${index}`))) })
  await app.listen({ port: 0, host: 'localhost' })
  const ports = app.addresses().flatMap((address) => typeof address === 'string' ? [] : [address])
  if (ports.length < 2) t.comment('this machine has one loopback address only')
  for (const { address, port } of ports.reverse()) {
    const client = new Client(app)
    await client.get('long')
    const body = JSON.stringify(DUMMY)
    const text = `POST /api/v3/flows/executor/long/ HTTP/1.1\r\nhost: localhost\r\ncookie: sessionId=${client.cookie}\r\n` +
      `content-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`
    await Promise.all(Array.from({ length: 50 }, async () => {
      const socket = connect(port, address)
      // Their clients are gone before they have a reply, as far as the server can tell.
      socket.end(text)
      socket.resume()
      await once(socket, 'close')
    }))
    t.equal((await client.inspect('long')).json().plans.length, 1, address)
  }
})

for (const runs of [undefined, new SharedRunStore()]) {
  t.test(`3: equal answers at once to a run that must begin anew pass nothing of the new one, ${runs === undefined ? 'one process' : 'shared'}`, async (t) => {
    let ahead = 0
    const planner = { now: () => Date.now() + ahead, ...runs === undefined ? {} : { runs, sealKeys: [new Uint8Array(32)] } }
    const store = new GatheringStore(50)
    const app = await buildApp(t, { definitions: flows, planner, session: { store } })
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    const client = new Client(app)
    await client.get('walk')
    ahead += 1_800_001
    store.gather()
    const headers = { cookie: `sessionId=${client.cookie}`, 'content-type': 'application/json' }
    const bodies = await Promise.all(Array.from({ length: 50 }, async () =>
      await (await fetch(`${url}/api/v3/flows/executor/walk/`, { method: 'POST', headers, body: JSON.stringify(DUMMY) })).text()))
    for (const body of bodies) t.match(JSON.parse(body), { component: 'ak-stage-dummy', name: 'walk one' })
    t.equal((await client.inspect('walk')).json().plans.length, 0)
    t.match((await client.post('walk', DUMMY)).json(), { name: 'walk two' }, 'an answer to what is shown is taken')
  })
}

for (const Store of [MemoryStore, SlowSerialisingStore]) {
  t.test(`3: different answers at once: one wins, the others get 409 and the current challenge: ${Store.name}`, async (t) => {
    const app = await buildApp(t, { definitions: flows, session: { store: new Store() } })
    const client = new Client(app)
    await client.get('walk')
    const { cookie } = client
    const responses = await Promise.all([1, 2, 3, 4].map(async (mark) => await new Client(app, cookie).post('walk', { ...DUMMY, mark })))
    t.strictSame(responses.map(({ statusCode }) => statusCode).sort(), [200, 409, 409, 409])
    for (const response of responses) t.equal(response.json().name, 'walk two')
    t.equal((await client.inspect('walk')).json().plans.length, 1)
  })
}

t.test('4: an answer to a stage that has passed, as the back button sends it, changes nothing', async (t) => {
  const app = await buildApp(t, { definitions: signInAndOut })
  const client = new Client(app)
  await client.get('sign-in')
  const now = (await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })).json()
  const before = (await client.inspect('sign-in')).json()
  const back = await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'somebody else' })
  t.equal(back.statusCode, 409)
  t.strictSame(back.json(), now)
  t.strictSame((await client.inspect('sign-in')).json(), before)
})

t.test('3: the same answer to two stages, one after the other, passes both', async (t) => {
  const app = await buildApp(t, { definitions: flows })
  const client = new Client(app)
  await client.get('walk')
  t.equal((await client.post('walk', DUMMY)).json().name, 'walk two')
  t.equal((await client.post('walk', DUMMY)).json().name, 'walk three')
})

t.test('2: what does not name the current component never advances', async (t) => {
  const app = await buildApp(t, { definitions: flows })
  const client = new Client(app)
  const first = (await client.get('walk')).json()
  for (const body of [{}, { component: '' }, { component: 7 }, { component: null }, { component: ['ak-stage-dummy'] }, []]) {
    const response = await client.post('walk', body)
    t.equal(response.statusCode, 200)
    t.ok('response_errors' in response.json())
  }
  const back = await client.post('walk', { component: 'ak-stage-password', password: 'x' })
  t.equal(back.statusCode, 409)
  t.strictSame(back.json(), first)
  const nothing = await client.request('POST', '/api/v3/flows/executor/walk/')
  t.ok('response_errors' in nothing.json(), 'a POST without a body')
  const broken = await app.inject({
    method: 'POST',
    url: '/api/v3/flows/executor/walk/',
    headers: { cookie: `sessionId=${client.cookie}`, 'content-type': 'application/json' },
    payload: ''
  })
  t.equal(broken.statusCode, 400, 'a body of no length that claims to be JSON')
  const form = await client.request('POST', '/api/v3/flows/executor/walk/', undefined, { 'content-type': 'text/plain' })
  t.equal(form.statusCode, 415)
  t.equal((await client.inspect('walk')).json().plans.length, 0)
})

t.test('3: an answer sent again after the end gets the same end; another one starts again and says so', async (t) => {
  const app = await buildApp(t, { definitions: define(dummies('short', 'only')) })
  const client = new Client(app)
  await client.get('short')
  const end = await client.post('short', DUMMY, 'next=/there')
  t.strictSame(end.json(), { component: 'xak-flow-redirect', to: '/there' })
  t.strictSame((await client.post('short', DUMMY)).json(), end.json())
  const again = await client.post('short', { ...DUMMY, other: true })
  t.match(again.json(), { component: 'ak-stage-dummy', response_errors: { non_field_errors: [{ code: 'restarted' }] } })
})

for (const rolling of [true, false]) {
  t.test(`6: a sign-out while another request is in flight leaves the old cookie dead: rolling ${rolling}`, async (t) => {
    let release = (): void => {}
    const held = new Promise<void>((resolve) => { release = resolve })
    let arrive = (): void => {}
    const arrived = new Promise<void>((resolve) => { arrive = resolve })
    const app = await buildApp(t, {
      definitions: signInAndOut,
      session: { store: new SlowSerialisingStore(), rolling },
      routes: (app) => {
        app.get('/who', async (request) => ({ user: request.flowUser?.username ?? null }))
        app.get('/slow', async (request) => {
          arrive()
          await held
          Reflect.set(request.session, 'visited', true)
          return { user: request.flowUser?.username }
        })
      }
    })
    const client = new Client(app)
    await client.get('sign-in')
    await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })
    await client.post('sign-in', { component: 'ak-stage-password', password: PASSWORD })
    const { cookie } = client
    t.equal((await new Client(app, cookie).request('GET', '/who')).json().user, 'admin')
    const slow = new Client(app, cookie).request('GET', '/slow')
    await arrived
    t.match((await client.get('sign-out')).json(), { component: 'xak-flow-redirect' })
    release()
    t.equal((await slow).json().user, 'admin', 'what was under way ends as it began')
    t.equal((await new Client(app, cookie).request('GET', '/who')).json().user, null)
  })
}

t.test('3: an answer counts in every process, whatever their clocks say', async (t) => {
  const session = { store: new SlowSerialisingStore(1) }
  const runs = new SharedRunStore()
  const start = async (ahead: number) => await buildApp(t, {
    definitions: flows, session, planner: { runs, sealKeys: [new Uint8Array(32)], now: () => Date.now() + ahead }
  })
  const [early, late] = [await start(0), await start(3000)]
  const client = new Client(late)
  await client.get('walk')
  t.equal((await client.post('walk', DUMMY)).json().name, 'walk two')
  t.equal((await new Client(early, client.cookie).post('walk', DUMMY)).json().name, 'walk three')
})

t.test('3: an answer without a step token is replied to although connections never stop coming in', async (t) => {
  const app = await buildApp(t, { definitions: flows })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const client = new Client(app)
  await client.get('walk')
  const silent: Socket[] = []
  const flood = setInterval(() => { silent.push(connect(Number(new URL(url).port), '127.0.0.1')) }, 5)
  t.teardown(() => {
    clearInterval(flood)
    for (const socket of silent) socket.destroy()
  })
  const headers = { cookie: `sessionId=${client.cookie}`, 'content-type': 'application/json' }
  const signal = AbortSignal.timeout(60_000)
  const response = await fetch(`${url}/api/v3/flows/executor/walk/`, { method: 'POST', headers, body: JSON.stringify(DUMMY), signal })
  t.match(await response.json(), { name: 'walk two' })
})
