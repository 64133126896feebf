import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { FastifyInstance } from 'fastify'
import fc from 'fast-check'
import t from 'tap'
import { define, defineFlow, joinDefinitions, MemoryRunStore, MemorySignInStore, policy, prompt, stage } from '../../plugins/index.js'
import { buildApp } from '../app.js'
import { dummies, signInAndOut } from '../flows.js'
import { request, type FuzzedRequest } from './requests.js'

/** Requests that are sent; `FUZZED` in the environment states another number. */
const REQUESTS = Number(process.env['FUZZED'] ?? 5000)

/** Bytes by which the heap may grow from the first half of the requests to the second, after collection. */
const GROWTH = 8 * 1024 * 1024

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

const enrol = defineFlow({
  slug: 'enrol',
  name: 'Enrol',
  title: 'Enrol',
  designation: 'enrollment',
  stages: [
    stage('prompt', 'ask', {
      fields: [
        prompt('username', { fieldKey: 'username', label: 'Username', type: 'username' }),
        prompt('password', { fieldKey: 'password', label: 'Password', type: 'password' })
      ],
      validationPolicies: [policy('password', 'long enough', { lengthMin: 200, errorMessage: 'Too short' })]
    }),
    stage('user_write', 'write'),
    stage('user_login', 'enter')
  ]
})
const agree = defineFlow({ slug: 'agree', name: 'Agree', title: 'Agree', designation: 'authorization', stages: [stage('consent', 'agree')] })

/** Sends requests from four browsers; gives every session cookie that came back. */
async function send (
  app: FastifyInstance, requests: readonly FuzzedRequest[], cookies: (string | undefined)[]
): Promise<string[]> {
  const seen: string[] = []
  for (const { method, url, headers, payload, browser } of requests) {
    const cookie = cookies[browser]
    const response = await app.inject({
      method,
      url,
      headers: { ...headers, ...cookie === undefined ? {} : { cookie: `sessionId=${cookie}` } },
      ...payload === undefined ? {} : { payload }
    })
    if (response.statusCode >= 500) throw new Error(`${response.statusCode} for ${method} ${url}: ${response.body}`)
    const set = response.cookies.find(({ name }) => name === 'sessionId')?.value
    if (set === undefined || set === '') continue
    cookies[browser] = set
    seen.push(set)
  }
  return seen
}

t.test(`fuzz: ${REQUESTS} requests, most of them nearly right: no 5xx, nobody signed in without a proof, no memory kept`, async (t) => {
  const rejections: unknown[] = []
  const note = (reason: unknown) => { rejections.push(reason) }
  process.on('unhandledRejection', note)
  t.teardown(() => process.off('unhandledRejection', note))
  const now = Date.now
  const app = await buildApp(t, {
    definitions: joinDefinitions(signInAndOut, define(enrol, agree, dummies('walk', 'one', 'two', 'three'))),
    planner: {
      pages: true,
      recordRuns: true,
      canSimulate: () => true,
      attemptLimits: false,
      runs: new MemoryRunStore({ now, max: 100 }),
      signIns: new MemorySignInStore({ now, max: 100 })
    },
    routes: (app) => { app.get('/who', async ({ flowUser }) => ({ user: flowUser?.username ?? null })) }
  })
  const cookies: (string | undefined)[] = []
  const heap: number[] = []
  const property = fc.asyncProperty(fc.array(request, { minLength: 25, maxLength: 25 }), async (requests) => {
    for (const cookie of new Set(await send(app, requests, cookies))) {
      const { user } = (await app.inject({ url: '/who', headers: { cookie: `sessionId=${cookie}` } })).json()
      if (user !== null) throw new Error(`signed in as ${user} without a proof`)
    }
  })
  for (const half of [1, 2]) {
    await t.resolves(fc.assert(property, { numRuns: Math.ceil(REQUESTS / 50), endOnFailure: true }), `half ${half}`)
    collect()
    heap.push(process.memoryUsage().heapUsed)
  }
  t.strictSame(rejections, [])
  const [first = 0, second = 0] = heap
  t.ok(second - first < GROWTH, `grew by ${second - first} bytes`)
})
