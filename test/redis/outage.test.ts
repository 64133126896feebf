import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { adaptClient, type AnyRedisClient, type RedisClient } from '../../lib/redis/client.js'
import { redisStores } from '../../lib/redis/index.js'
import { buildApp, Client } from '../app.js'
import { PASSWORD, signInAndOut } from '../flows.js'
import { CLIENTS, connectClient, lookInto } from './clients.js'
import { hasRedis, RedisServer } from './server.js'
import { slowProxy } from './proxy.js'

const sealKeys = [new Uint8Array(32).fill(1)]
const WHO = { component: 'ak-stage-identification', uid_field: 'admin' }
const PASS = { component: 'ak-stage-password', password: PASSWORD }
const away = { statusCode: 503, headers: { 'retry-after': '1', 'cache-control': 'no-store' } }

/** A process: an app with everything in Redis, one of whose own pages tells who is signed in. Defining users needs the server. */
async function startProcess (t: Test, client: AnyRedisClient, isDefining = true): Promise<FastifyInstance> {
  const { sessions, consumed: _notNeeded, ...stores } = redisStores(
    client, { sealKeys, ...isDefining ? { definitions: signInAndOut } : {} })
  return await buildApp(t, {
    definitions: signInAndOut,
    session: { store: sessions },
    planner: { ...stores, sealKeys },
    routes: (app) => { app.get('/me', async (request) => ({ me: request.flowUser?.username ?? null })) }
  })
}

/** Signs in from wherever the run is; gives the components of the challenges that were met. */
async function finish (client: Client): Promise<string[]> {
  const met: string[] = []
  for (let response = await client.get('sign-in'); ;) {
    const { component } = response.json()
    met.push(component)
    if (component === WHO.component) response = await client.post('sign-in', WHO)
    else if (component === PASS.component) response = await client.post('sign-in', PASS)
    else return [...met, ...component === 'xak-flow-redirect' ? [] : [response.body]]
  }
}

if (hasRedis(t)) {
  const server = await RedisServer.start(t, '--maxmemory', '100mb', '--maxmemory-policy', 'noeviction')
  const direct = lookInto(t, server)

  /** What may become of a server, and how it becomes good again. */
  const OUTAGES: ReadonlyArray<readonly [name: string, begin: () => Promise<unknown>, end: () => Promise<unknown>]> = [
    ['paused', async () => server.pause(), async () => server.resume()],
    ['gone', async () => await server.stop(), async () => await server.run()],
    ['full', async () => await direct.config('SET', 'maxmemory', '1mb'), async () => await direct.config('SET', 'maxmemory', '100mb')]
  ]

  for (const name of CLIENTS) {
    for (const [outage, begin, end] of OUTAGES) {
      t.test(`server ${outage}, by ${name}: 503 that says when to come back, nothing has moved, and it recovers`, async (t) => {
        const one = await startProcess(t, await connectClient(t, server, name))
        const two = await startProcess(t, await connectClient(t, server, name))
        const browser = new Client(one)
        await browser.get('sign-in')
        t.match((await browser.post('sign-in', WHO)).json(), { component: PASS.component })
        t.teardown(() => server.resume())
        await begin()
        const began = performance.now()
        const refused = await browser.post('sign-in', PASS)
        const answered = performance.now()
        t.match(refused, away)
        t.match(refused.json(), { code: 'FST_FLOW_STORE_UNAVAILABLE' })
        await end()
        const ended = performance.now()
        // Whichever process answers next: how soon its client is connected again is the client's own affair.
        const next = new Client(two, browser.cookie)
        let shown = await next.get('sign-in')
        while (shown.statusCode === 503) shown = await next.get('sign-in')
        t.comment(`503 after ${Math.round(answered - began)} ms, at work again after ${Math.round(performance.now() - ended)} ms`)
        t.match(shown.json(), { component: PASS.component }, 'the run stands where it stood')
        t.match((await next.post('sign-in', PASS)).json(), { component: 'xak-flow-redirect' })
        t.strictSame((await next.request('GET', '/me')).json(), { me: 'admin' })
        t.strictSame((await new Client(two, browser.cookie).request('GET', '/me')).json(), { me: null }, 'the old session is dead')
      })
    }
  }

  for (const name of CLIENTS) {
    t.test(`slow server, by ${name}: 100 ms more for each command are waited for, 1000 ms are not`, async (t) => {
      const slow = await startProcess(t, await connectClient(t, { url: await slowProxy(t, server.port, 100) }, name))
      const browser = new Client(slow)
      const began = performance.now()
      t.strictSame(await finish(browser), [WHO.component, PASS.component, 'xak-flow-redirect'])
      t.comment(`signed in after ${Math.round(performance.now() - began)} ms`)
      t.strictSame((await browser.request('GET', '/me')).json(), { me: 'admin' })
      const tooSlow = await startProcess(t, await connectClient(t, { url: await slowProxy(t, server.port, 1000) }, name), false)
      t.match(await new Client(tooSlow).get('sign-in'), away)
    })
  }

  /** What becomes of one command, and where the run may stand for whoever tries again. */
  const FAULTS = [
    { what: 'a command is not carried out', isDone: false, met: /^((ak-stage-password,)?xak-flow-redirect)?$/ },
    // Of the one that moves the run to the session's new id nobody knows here that it was carried out.
    { what: 'the reply to a command is lost', isDone: true, met: /^((ak-stage-identification,)?(ak-stage-password,)?xak-flow-redirect)?$/ }
  ] as const

  for (const { what, isDone, met: expected } of FAULTS) {
    t.test(`${what}, whichever it is: no answer takes half effect`, async (t) => {
      const real = adaptClient(await connectClient(t, server, 'ioredis'))
      const fault = { commands: 0, at: Infinity }
      const command = async <T> (task: () => Promise<T>): Promise<T> => {
        fault.commands += 1
        const isFaulty = fault.commands === fault.at
        const result = isFaulty && !isDone ? undefined : await task()
        if (isFaulty || result === undefined) throw new Error('Connection is closed.')
        return result
      }
      const client: RedisClient = {
        readFields: async (...args) => await command(async () => await real.readFields(...args)),
        evalSha: async (...args) => await command(async () => await real.evalSha(...args)),
        eval: async (...args) => await real.eval(...args)
      }
      const app = await startProcess(t, client)
      let isOver = false
      for (let at = 1; !isOver; at++) {
        const browser = new Client(app)
        await browser.get('sign-in')
        await browser.post('sign-in', WHO)
        Object.assign(fault, { commands: 0, at })
        const response = await browser.post('sign-in', PASS)
        isOver = fault.commands < at
        fault.at = Infinity
        if (isOver) {
          t.comment(`an answer that signs in needs ${fault.commands} commands`)
          t.match(response.json(), { component: 'xak-flow-redirect' })
          t.ok(fault.commands > 10, 'all of them were tried')
        } else {
          const { me } = (await browser.request('GET', '/me')).json()
          // What was counted as a guess need not be given back: without that the answer takes full effect.
          if (response.statusCode === 200) t.match([response.json(), me], [{ component: 'xak-flow-redirect' }, 'admin'], `command ${at}`)
          else t.match([response, me], [away, null], `command ${at}`)
          const met = me === null ? await finish(browser) : []
          t.match(met.join(), expected, 'the run goes on')
          t.strictSame((await browser.request('GET', '/me')).json(), { me: 'admin' })
        }
      }
    })
  }
}
