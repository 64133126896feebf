import type { FastifyInstance } from 'fastify'
import { TOTP } from 'otpauth'
import t, { type Test } from 'tap'
import { define, defineFlow, Sensitive, stage, user } from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { PASSWORD } from '../flows.js'

const NOON = Date.UTC(2026, 0, 1, 12)
const SEED = 'JBSWY3DPEHPK3PXP'
const totp = new TOTP({ secret: SEED })

const definitions = define(user('alice', { password: PASSWORD }), defineFlow({
  slug: 'sign-in',
  name: 'Sign in',
  title: 'Welcome',
  designation: 'authentication',
  stages: [
    stage('identification', 'who', { userFields: ['username'] }),
    stage('authenticator_validate', 'mfa', { notConfiguredAction: 'deny' }),
    stage('user_login', 'login')
  ]
}))

async function withPhone (t: Test, attemptLimits: { perRun?: number, perIdentifier?: number } = {}) {
  const clock = { time: NOON }
  const app = await buildApp(t, { definitions, planner: { now: () => clock.time, attemptLimits } })
  const { users } = app.flows.services
  const alice = await users.find({ fields: ['username'], value: 'alice', caseInsensitive: false })
  if (alice === undefined) throw new Error('alice is defined')
  await users.addDevice(alice.pk, { type: 'totp', name: 'phone', seed: new Sensitive(SEED), digits: 6 })
  await users.addDevice(alice.pk, { type: 'static', name: 'paper', tokens: [new Sensitive('single-use-code-1')] })
  return { app, clock }
}

/** Somebody who says to be Alice, at the second factor. */
async function atTheCode (app: FastifyInstance): Promise<Client> {
  const client = new Client(app)
  await client.get('sign-in')
  await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'alice' })
  return client
}

const answer = (code: string) => ({ component: 'ak-stage-authenticator-validate', code })
const codeAt = (time: number) => totp.generate({ timestamp: time })

/** Codes that are wrong at noon. */
const wrongCodes = (count: number): string[] => {
  const right = new Set([-30_000, 0, 30_000].map((offset) => codeAt(NOON + offset)))
  const codes = Array.from({ length: count + 3 }, (_, index) => String(100_000 + index))
  return codes.filter((code) => !right.has(code)).slice(0, count)
}

t.test('12: guesses at a code in parallel keep the budget, in one session and in many', async (t) => {
  for (const sessions of [1, 40]) {
    const { app } = await withPhone(t, { perRun: 7, perIdentifier: 7 })
    const clients = await Promise.all(Array.from({ length: sessions }, async () => await atTheCode(app)))
    const guesses = await Promise.all(wrongCodes(40).map(async (code, index) => {
      const { cookie } = clients[index % sessions] ?? {}
      return (await new Client(app, cookie).post('sign-in', answer(code))).statusCode
    }))
    const judged = guesses.filter((status) => status === 200).length
    t.ok(judged >= 1 && judged <= 7, `${sessions} sessions: ${judged} of 40 were judged`)
    t.notOk(guesses.some((status) => status !== 200 && status !== 409 && status !== 429))
    if (sessions > 1) t.equal((await (await atTheCode(app)).post('sign-in', answer(codeAt(NOON)))).statusCode, 429, 'now not even the right one')
  }
})

t.test('12: the budget of a run is its own however often the client starts it anew', async (t) => {
  const { app } = await withPhone(t, { perIdentifier: 5 })
  const statuses = []
  for (const code of wrongCodes(8)) {
    const client = await atTheCode(app)
    statuses.push((await client.post('sign-in', answer(code))).statusCode)
    await client.request('GET', '/flows/-/cancel/')
  }
  t.strictSame(statuses, [200, 200, 200, 200, 200, 429, 429, 429])
})

t.test('12: a code is accepted once, of two sessions at the same time only in one, and none older afterwards', async (t) => {
  const { app, clock } = await withPhone(t, { perIdentifier: 1000 })
  for (const code of [codeAt(NOON), 'single-use-code-1']) {
    const clients = await Promise.all(Array.from({ length: 10 }, async () => await atTheCode(app)))
    const ends = await Promise.all(clients.map(async (client) => (await client.post('sign-in', answer(code))).json().component))
    t.equal(ends.filter((component) => component === 'xak-flow-redirect').length, 1, 'one of ten')
    t.equal((await (await atTheCode(app)).post('sign-in', answer(code))).json().component, 'ak-stage-authenticator-validate', 'and none later')
  }
  const before = codeAt(NOON - 30_000)
  const late = await (await atTheCode(app)).post('sign-in', answer(before))
  t.match(late.json(), { response_errors: { code: [{}] } }, 'nor the one before it, though its time is not up')
  clock.time += 30_000
  t.equal((await (await atTheCode(app)).post('sign-in', answer(codeAt(clock.time)))).json().component, 'xak-flow-redirect')
})
