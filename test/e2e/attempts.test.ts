import type { FastifyInstance } from 'fastify'
import { Type } from '@sinclair/typebox'
import { TOTP } from 'otpauth'
import t, { type Test } from 'tap'
import {
  builtInPolicyKinds, builtInStageKinds, createDefine, define, defineFlow, passed, policy, prompt, refused, Sensitive, stage,
  user, type AttemptStore, type Definitions, type FlowPlannerOptions, type StageKind
} from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { admin, PASSWORD, signInAndOut } from '../flows.js'

const NOON = Date.UTC(2026, 0, 1, 12)
const THROTTLED = { non_field_errors: [{ string: 'Too many attempts. Please try again later.', code: 'throttled' }] }

/** An app behind a proxy, so that requests can come from any address, at a time that stands still until it is set. */
async function proxied (t: Test, planner: Partial<FlowPlannerOptions> = {}, definitions: Definitions = signInAndOut) {
  const clock = { time: NOON }
  const app = await buildApp(t, { definitions, planner: { now: () => clock.time, ...planner }, server: { trustProxy: true } })
  return { app, clock }
}

/** Somebody in a session of their own, from an address, in one flow. */
function visitor (app: FastifyInstance, address = '192.0.2.1', slug = 'sign-in') {
  const client = new Client(app)
  const url = `/api/v3/flows/executor/${slug}/`
  const headers = { 'x-forwarded-for': address }
  return {
    client,
    get: async () => await client.request('GET', url, undefined, headers),
    post: async (body: object) => await client.request('POST', url, body, headers)
  }
}

/** Identifies somebody, and guesses the password once. */
async function guess (app: FastifyInstance, name: string, password: string, address?: string) {
  const { get, post } = visitor(app, address)
  await get()
  await post({ component: 'ak-stage-identification', uid_field: name })
  return await post({ component: 'ak-stage-password', password })
}

t.test('budget of a run: used up, nothing is checked and nothing advances until the window ends', async (t) => {
  const { app, clock } = await proxied(t, { attemptLimits: { perRun: 3, window: 60 } })
  const { client, get, post } = visitor(app)
  await get()
  await post({ component: 'ak-stage-identification', uid_field: 'admin' })
  const answer = (password: string) => post({ component: 'ak-stage-password', password })
  for (let i = 0; i < 3; i++) t.match((await answer('wrong')).json(), { response_errors: { password: [{ code: 'invalid' }] } })
  const before = (await client.inspect('sign-in')).json()
  clock.time += 500
  const refused = await answer(PASSWORD)
  t.equal(refused.statusCode, 429)
  t.equal(refused.headers['retry-after'], '60', 'seconds, rounded up')
  t.equal(refused.headers['cache-control'], 'no-store')
  t.match(refused.json(), { component: 'ak-stage-password', pending_user: 'admin' })
  t.strictSame(refused.json().response_errors, THROTTLED)
  t.strictSame((await client.inspect('sign-in')).json(), before)
  t.equal((await post({ component: 'ak-stage-password' })).statusCode, 200, 'what is no guess is still answered')
  t.equal((await get()).statusCode, 200, 'and the challenge is shown')
  clock.time += 59_500
  t.equal((await answer(PASSWORD)).json().component, 'xak-flow-redirect')
})

t.test('budget of an identifier: over all sessions and addresses, without regard to letter case, and of that identifier only', async (t) => {
  const { app, clock } = await proxied(t, { attemptLimits: { perIdentifier: 4 } })
  for (const [index, name] of ['admin', 'ADMIN', ' Admin ', 'admin'].entries()) {
    t.equal((await guess(app, name, 'wrong', `192.0.2.${index}`)).statusCode, 200)
  }
  const refused = await guess(app, 'aDmIn', PASSWORD, '198.51.100.1')
  t.equal(refused.statusCode, 429)
  t.equal(refused.headers['retry-after'], '900')
  t.equal((await guess(app, 'somebody else', 'wrong', '192.0.2.1')).statusCode, 200)
  clock.time += 900_000
  t.equal((await guess(app, 'admin', PASSWORD)).json().component, 'xak-flow-redirect')
})

t.test('budgets say the same of people who are not there, byte for byte', async (t) => {
  const { app } = await proxied(t, { attemptLimits: { perIdentifier: 2 } })
  const seen = async (name: string) => {
    const answers = []
    for (let i = 0; i < 4; i++) {
      const { statusCode, headers, body } = await guess(app, name, 'wrong')
      const { date: _date, 'set-cookie': cookie, ...others } = headers
      const text = body.replaceAll(/"(pending_user_avatar|step_token)":"[^"]*"/g, '').replaceAll(name, 'NAME')
      answers.push({ statusCode, others, cookie: typeof cookie, body: text })
    }
    return answers
  }
  const known = await seen('admin')
  const unknown = await seen('nadia')
  t.strictSame(known.map(({ statusCode }) => statusCode), [200, 200, 429, 429])
  t.strictSame(unknown, known)
})

t.test('budget of an address: over all sessions and identifiers; of IPv6 it is the network', async (t) => {
  const { app } = await proxied(t, { attemptLimits: { perAddress: 3 } })
  for (let i = 0; i < 3; i++) await guess(app, `user ${i}`, 'wrong', `2001:db8::${i}`)
  t.equal((await guess(app, 'admin', PASSWORD, '2001:db8::9')).statusCode, 429)
  t.equal((await guess(app, 'admin', PASSWORD, '2001:db8:0:1::9')).json().component, 'xak-flow-redirect')
})

t.test('a right answer costs nothing: it is given back, and no more than that', async (t) => {
  const { app } = await proxied(t, { attemptLimits: { perIdentifier: 2, perAddress: 2, perRun: 2 } })
  for (let i = 0; i < 5; i++) t.equal((await guess(app, 'admin', PASSWORD)).json().component, 'xak-flow-redirect')
  await guess(app, 'admin', 'wrong')
  t.equal((await guess(app, 'admin', PASSWORD)).json().component, 'xak-flow-redirect')
  await guess(app, 'admin', 'wrong')
  t.equal((await guess(app, 'admin', PASSWORD)).statusCode, 429, 'the sign-in between did not refill the budget')
})

t.test('a refusal by one budget takes nothing from the others', async (t) => {
  const { app } = await proxied(t, { attemptLimits: { perIdentifier: 1, perAddress: 3 } })
  for (let i = 0; i < 10; i++) await guess(app, 'admin', 'wrong')
  t.equal((await guess(app, 'two', 'wrong')).statusCode, 200)
  t.equal((await guess(app, 'three', 'wrong')).statusCode, 200)
  t.equal((await guess(app, 'four', 'wrong')).statusCode, 429)
})

t.test('attempts are counted before they are judged: guesses at once get no free tries', async (t) => {
  const { app } = await proxied(t, { attemptLimits: { perIdentifier: 5 } })
  const visitors = await Promise.all(Array.from({ length: 30 }, async () => {
    const one = visitor(app)
    await one.get()
    await one.post({ component: 'ak-stage-identification', uid_field: 'admin' })
    return one
  }))
  const answers = await Promise.all(visitors.map(async ({ post }) => await post({ component: 'ak-stage-password', password: 'wrong' })))
  t.equal(answers.filter(({ statusCode }) => statusCode === 200).length, 5)
  t.equal(answers.filter(({ statusCode }) => statusCode === 429).length, 25)
})

t.test('a store that cannot count: nobody gets to guess', async (t) => {
  const broken: AttemptStore = { take: async () => await Promise.reject(new Error('away')), giveBack: () => {} }
  const { app } = await proxied(t, { attempts: broken })
  const answer = await guess(app, 'admin', PASSWORD)
  t.equal(answer.statusCode, 500)
  t.notMatch(answer.body, /away/)
})

t.test('a store that cannot give back: who was right gets on', async (t) => {
  const forgetful: AttemptStore = { take: () => ({ allowed: true }), giveBack: async () => await Promise.reject(new Error('away')) }
  const { app } = await proxied(t, { attempts: forgetful })
  t.equal((await guess(app, 'admin', PASSWORD)).json().component, 'xak-flow-redirect')
})

t.test('attemptLimits: false counts nothing; wrong limits are refused when the plugin is registered', async (t) => {
  const { app } = await proxied(t, { attemptLimits: false })
  for (let i = 0; i < 30; i++) t.equal((await guess(app, 'admin', 'wrong')).statusCode, 200)
  for (const [attemptLimits, message] of [
    [{ perRun: 0 }, /attemptLimits\.perRun.*from 1/],
    [{ perAddress: 1.5 }, /attemptLimits\.perAddress/],
    [{ window: 0 }, /attemptLimits\.window/],
    [Object.fromEntries([['perUser', 3]]), /attemptLimits\.perUser.*is none of perRun, perIdentifier, perAddress, window/]
  ] as const) {
    await t.rejects(buildApp(t, { definitions: signInAndOut, planner: { attemptLimits } }), { code: 'FST_FLOW_OPTIONS', message })
  }
})

/** A host's own stage that says what a guess is, and whose. */
const pinStage = {
  kind: 'pin',
  model: 'test.pin',
  component: 'test-pin',
  formComponent: 'test-pin-form',
  verboseName: 'Pin',
  verboseNamePlural: 'Pins',
  options: Type.Object({}),
  answerSchema: Type.Object({ card: Type.String(), pin: Type.String() }),
  guess: (_turn: unknown, { card }: { card: string }) => ({ identifier: card }),
  respond: (_turn: unknown, { pin }: { pin: string }) => pin === '1234' ? passed() : refused('Wrong')
} satisfies StageKind<ReturnType<typeof Type.Object>, ReturnType<typeof Type.Object>, ReturnType<typeof Type.Object<{
  card: ReturnType<typeof Type.String>, pin: ReturnType<typeof Type.String>
}>>>

const defineWithPin = createDefine({ stageKinds: [...builtInStageKinds, pinStage], policyKinds: builtInPolicyKinds })
const flow = (slug: string, stages: Parameters<typeof defineFlow>[0]['stages']) =>
  defineFlow({ slug, name: slug, title: slug, designation: 'stage_configuration', ...stages === undefined ? {} : { stages } })

const who = stage('identification', 'who', { userFields: ['username'] })
const ask = (name: string, type: 'text' | 'username', validationPolicies: readonly ReturnType<typeof policy>[] = []) =>
  stage('prompt', name, { fields: [prompt(`${name} field`, { fieldKey: 'word', label: 'Word', type })], validationPolicies: [...validationPolicies] })

const guesses = defineWithPin(
  admin,
  user('bea', { password: PASSWORD }),
  flow('embedded', [
    stage('identification', 'who and password', { userFields: ['username'], passwordStage: stage('password', 'password') }), stage('dummy', 'end')
  ]),
  flow('names', [who, stage('dummy', 'end of names')]),
  flow('factor', [who, stage('authenticator_validate', 'mfa'), stage('dummy', 'end of factor')]),
  flow('set-up', [who, stage('authenticator_totp', 'totp', { digits: 6 }), stage('dummy', 'end of set-up')]),
  flow('checked', [ask('checked', 'text', [policy('expression', 'right', { expression: 'host' })]), stage('dummy', 'end of checked')]),
  flow('taken', [ask('taken', 'username'), stage('dummy', 'end of taken')]),
  flow('free', [ask('free', 'text'), stage('dummy', 'end of free')]),
  flow('pin', [stage(pinStage, 'pin'), stage('dummy', 'end of pin')])
)

t.test('what counts as a guess', async (t) => {
  const { app, clock } = await proxied(t, {
    attemptLimits: { perRun: 1, perIdentifier: false, perAddress: false },
    stageKinds: [pinStage],
    policies: { right: ({ context }) => context.prompt_data?.['word'] === 'right' }
  }, guesses)
  const { users } = app.flows.services
  const bea = await users.find({ fields: ['username'], value: 'bea', caseInsensitive: false })
  if (bea === undefined) throw new Error('bea is defined')
  const totp = new TOTP({ secret: 'JBSWY3DPEHPK3PXP' })
  await users.addDevice(bea.pk, { type: 'totp', name: 'phone', seed: new Sensitive('JBSWY3DPEHPK3PXP'), digits: 6 })
  const wrongCode = totp.generate({ timestamp: NOON + 10 * 60_000 })

  const cases: Readonly<Record<string, { identify?: boolean, wrong: object, guesses: boolean }>> = {
    embedded: { wrong: { component: 'ak-stage-identification', uid_field: 'admin', password: 'wrong' }, guesses: true },
    factor: { identify: true, wrong: { component: 'ak-stage-authenticator-validate', code: wrongCode }, guesses: true },
    'set-up': { identify: true, wrong: { component: 'ak-stage-authenticator-totp', code: '000000' }, guesses: true },
    checked: { wrong: { component: 'ak-stage-prompt', word: 'wrong' }, guesses: true },
    taken: { wrong: { component: 'ak-stage-prompt', word: 'admin' }, guesses: true },
    free: { wrong: { component: 'ak-stage-prompt', word: '' }, guesses: false },
    pin: { wrong: { component: 'test-pin', card: '1', pin: '0000' }, guesses: true }
  }
  for (const [slug, { identify, wrong, guesses }] of Object.entries(cases)) {
    const { get, post } = visitor(app, '192.0.2.1', slug)
    await get()
    if (identify === true) await post({ component: 'ak-stage-identification', uid_field: 'bea' })
    const first = await post(wrong)
    t.equal(first.statusCode, 200, slug)
    t.ok('response_errors' in first.json(), slug)
    t.equal((await post(wrong)).statusCode, guesses ? 429 : 200, slug)
  }

  const factor = visitor(app, '192.0.2.1', 'factor')
  await factor.get()
  await factor.post({ component: 'ak-stage-identification', uid_field: 'bea' })
  const chosen = { selected_challenge: { device_class: 'totp', device_uid: '1' } }
  for (let i = 0; i < 2; i++) {
    t.equal((await factor.post({ component: 'ak-stage-authenticator-validate', ...chosen })).statusCode, 200, 'choosing a device is no guess')
  }
  const code = totp.generate({ timestamp: clock.time })
  t.equal((await factor.post({ component: 'ak-stage-authenticator-validate', code })).json().component, 'ak-stage-dummy')

  const names = visitor(app, '192.0.2.1', 'names')
  for (let i = 0; i < 3; i++) {
    await names.get()
    const named = await names.post({ component: 'ak-stage-identification', uid_field: 'admin' })
    t.equal(named.json().component, 'ak-stage-dummy', 'a name alone is no guess')
    await names.client.request('GET', '/flows/-/cancel/')
  }
})

t.test('a kind says whose secret is guessed at', async (t) => {
  const planner = { attemptLimits: { perIdentifier: 1 }, stageKinds: [pinStage], policies: { right: () => true } }
  const { app } = await proxied(t, planner, guesses)
  const pin = async (card: string) => {
    const { get, post } = visitor(app, '192.0.2.1', 'pin')
    await get()
    return (await post({ component: 'test-pin', card, pin: '0000' })).statusCode
  }
  t.strictSame([await pin('one'), await pin('one'), await pin('two')], [200, 429, 200])
})

t.test('twenty guesses without options', async (t) => {
  const endless = define(admin, flow('long', [who, stage('password', 'patient', { failedAttemptsBeforeCancel: 1000 })]))
  const { app } = await proxied(t, {}, endless)
  const { get, post } = visitor(app, '192.0.2.1', 'long')
  await get()
  await post({ component: 'ak-stage-identification', uid_field: 'nobody' })
  for (let i = 0; i < 20; i++) t.equal((await post({ component: 'ak-stage-password', password: `wrong ${i}` })).statusCode, 200)
  t.equal((await post({ component: 'ak-stage-password', password: 'wrong' })).statusCode, 429)
})
