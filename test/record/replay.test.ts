import { Value } from '@sinclair/typebox/value'
import type { FastifyInstance } from 'fastify'
import { Secret, TOTP } from 'otpauth'
import t, { type Test } from 'tap'
import {
  define, defineFlow, differenceText, policy, prompt, replay, RunRecordingSchema, Sensitive, stage, user, type Definitions,
  type FlowPlannerOptions, type User
} from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { admin, PASSWORD } from '../flows.js'

const says = (name: string) => policy('expression', name, { expression: 'host' })

const signIn = define(admin, defineFlow({
  slug: 'sign-in',
  name: 'Sign in',
  title: 'Welcome',
  designation: 'authentication',
  stages: [
    stage('identification', 'who', { userFields: ['username'] }),
    { stage: stage('dummy', 'left out'), evaluateOnPlan: true, policies: [says('never')] },
    stage('password', 'password'),
    { stage: stage('dummy', 'guarded'), policies: [says('always')] },
    { stage: stage('dummy', 'superusers'), policies: [policy('expression', 'cel', { expression: 'user.is_superuser', language: 'cel' })] },
    stage('user_login', 'login')
  ]
}))

const policies = { never: () => ({ passing: false, messages: ['not this time'] }), always: () => true }

async function record (
  t: Test, definitions: Definitions, slug: string, answers: readonly object[], planner: Partial<FlowPlannerOptions> = {}
) {
  const app = await buildApp(t, { definitions, planner: { recordRuns: true, ...planner } })
  const client = new Client(app)
  await client.get(slug)
  for (const answer of answers) await client.post(slug, answer)
  const response = await client.request('GET', `/api/v3/flows/inspector/${slug}/export-run/`)
  t.equal(response.statusCode, 200, response.body)
  t.equal(response.headers['cache-control'], 'no-store')
  return { text: response.body, recording: response.json(), client }
}

/** What a replay says of the client's run of a flow. */
async function replayed (client: Client, slug: string): Promise<string> {
  const response = await client.request('GET', `/api/v3/flows/inspector/${slug}/export-run/`)
  const difference = await replay(response.json())
  return difference === undefined ? 'no difference' : differenceText(difference)
}

async function userNamed (app: FastifyInstance, value: string): Promise<User> {
  const found = await app.flows.services.users.find({ fields: ['username'], value, caseInsensitive: false })
  if (found === undefined) throw new Error(`there is no ${value}`)
  return found
}

/** Changes the definitions of a recording. */
function changed (recording: unknown, change: (definitions: Definitions) => Definitions): unknown {
  if (!Value.Check(RunRecordingSchema, recording)) throw new Error('a recording')
  return { ...recording, definitions: change(recording.definitions) }
}

const steps = [
  { component: 'ak-stage-identification', uid_field: 'admin' },
  { component: 'ak-stage-password', password: 'not the password' },
  { component: 'ak-stage-password', password: PASSWORD },
  { component: 'ak-stage-dummy' },
  { component: 'ak-stage-dummy' }
]

t.test('a recorded sign-in replays clean, without its secrets and without its functions', async (t) => {
  const { text, recording } = await record(t, signIn, 'sign-in', steps, { policies })
  t.ok(Value.Check(RunRecordingSchema, recording))
  t.equal(recording.steps.length, 6)
  for (const secret of [PASSWORD, 'not the password', 'sessionId']) t.notOk(text.includes(secret), secret)
  t.match(recording.steps[1].answer, { component: 'ak-stage-identification', uid_field: 'admin' })
  t.match(recording.steps[2].answer, { password: { stand_in: 'wrong' } })
  t.match(recording.steps[3].answer, { password: { stand_in: 'right' } })
  t.equal(await replay(recording), undefined)
  t.equal(await replay(JSON.parse(JSON.stringify(recording)), { policies }), undefined)
})

t.test('with one policy negated, or saying something else, the replay reports the right binding', async (t) => {
  const { recording } = await record(t, signIn, 'sign-in', steps, { policies })
  for (const [name, stage, step] of [['never', 'left out', 1], ['always', 'guarded', 4], ['cel', 'superusers', 5]] as const) {
    const negated = changed(recording, (definitions) => {
      const pk = definitions.policies.find((one) => one.name === name)?.pk
      const policyBindings = definitions.policyBindings.map((one) => one.policy === pk ? { ...one, negate: true } : one)
      return { ...definitions, policyBindings }
    })
    const difference = await replay(negated)
    t.match(difference, { what: 'verdict', stage, policy: name, step, path: '/result' }, name)
    if (difference !== undefined) t.match(differenceText(difference), new RegExp(`^Step ${step}, verdict of policy '${name}' at stage '${stage}', /result: recorded "`))
  }
  t.match(await replay(recording, { verdicts: { always: 'fail' } }), { what: 'verdict', stage: 'guarded', recorded: 'pass', replayed: 'fail' })
  t.match(await replay(recording, { policies: { ...policies, never: () => false } }), { what: 'verdict', path: '/messages/0', recorded: 'not this time' })
})

t.test('a replay reports stages that have gone or come, and challenges that look otherwise', async (t) => {
  const { recording } = await record(t, signIn, 'sign-in', steps, { policies })
  const without = changed(recording, (definitions) => {
    const pk = definitions.stages.find(({ name }) => name === 'guarded')?.pk
    return { ...definitions, bindings: definitions.bindings.filter(({ stage }) => stage !== pk), policyBindings: [] }
  })
  t.match(await replay(without), { step: 1 })
  const renamed = changed(recording, (definitions) => ({ ...definitions, flows: definitions.flows.map((flow) => ({ ...flow, title: 'Other' })) }))
  t.match(await replay(renamed), { step: 1, what: 'challenge', stage: 'who', path: '/flow_info/title', recorded: 'Welcome', replayed: 'Other' })
})

t.test('an enrolment with authenticator apps, codes and a password policy replays clean', async (t) => {
  const definitions = define(defineFlow({
    slug: 'enrolment',
    name: 'Enrolment',
    title: 'Welcome',
    designation: 'enrollment',
    stages: [
      stage('prompt', 'about you', {
        fields: [
          prompt('name', { fieldKey: 'username', label: 'Name', type: 'username' }),
          prompt('password', { fieldKey: 'password', label: 'Password', type: 'password' }),
          prompt('again', { fieldKey: 'password_repeat', label: 'Again', type: 'password' })
        ],
        validationPolicies: [policy('password', 'long', { lengthMin: 12, errorMessage: 'Too short.' })]
      }),
      stage('user_write', 'write'),
      stage('authenticator_static', 'codes'),
      stage('authenticator_validate', 'second'),
      stage('user_login', 'login')
    ]
  }))
  const app = await buildApp(t, { definitions, planner: { recordRuns: true } })
  const client = new Client(app)
  await client.get('enrolment')
  const about = (password: string) => ({ component: 'ak-stage-prompt', username: 'nina', password, password_repeat: password })
  t.match((await client.post('enrolment', about('short canary'.slice(0, 8)))).json(), { response_errors: { non_field_errors: [{ string: 'Too short.' }] } })
  t.match((await client.post('enrolment', { ...about('a long canary password'), password_repeat: 'another canary password' })).json(), { response_errors: {} })
  const { codes } = (await client.post('enrolment', about('a long canary password'))).json()
  await client.post('enrolment', { component: 'ak-stage-authenticator-static' })
  await client.post('enrolment', { component: 'ak-stage-authenticator-validate', code: 'no code' })
  t.match((await client.post('enrolment', { component: 'ak-stage-authenticator-validate', code: codes[0] })).json(), { component: 'xak-flow-redirect' })
  const response = await client.request('GET', '/api/v3/flows/inspector/enrolment/export-run/')
  for (const secret of ['canary', ...codes]) t.notOk(response.body.includes(secret))
  t.match(response.json().steps.length, 7)
  const difference = await replay(response.json())
  t.equal(difference, undefined, difference === undefined ? '' : differenceText(difference))
  t.match(await replay(response.json(), { verdicts: { long: 'fail' } }), { step: 2, what: 'challenge', recorded: 'Too short.' })
})

t.test('a query and a context with secrets, and a policy that puts a stage in', async (t) => {
  const definitions = define(user('alice'), defineFlow({
    slug: 'walk',
    name: 'Walk',
    title: 'Walk',
    designation: 'authorization',
    stages: [{ stage: stage('dummy', 'one'), policies: [says('inserting')] }, { stage: stage('consent', 'two', { mode: 'always_require' }) }]
  }))
  const inserting: NonNullable<FlowPlannerOptions['policies']>[string] = ({ plan, context }) => {
    plan?.insertStage({ kind: 'dummy', name: 'put in', options: {} })
    context['noted'] = 'here'
    return true
  }
  const app = await buildApp(t, {
    definitions,
    planner: { recordRuns: true, policies: { inserting } },
    routes: (app) => app.get('/start', async (request) => {
      await app.flows.start(request, 'walk', { api_key: 'canary in the context', application: { name: 'shop', token: 'canary' }, when: new Date(0) })
      return {}
    })
  })
  const client = new Client(app)
  await client.request('GET', '/start')
  const query = 'next=/there&itoken=canary-in-the-query'
  await client.post('walk', { component: 'ak-stage-dummy' }, query)
  const consent = (await client.post('walk', { component: 'ak-stage-dummy' }, query)).json()
  t.equal(consent.component, 'ak-stage-consent')
  t.match((await client.post('walk', { component: 'ak-stage-consent', token: 'wrong' }, query)).json(), { response_errors: { token: [{}] } })
  await client.post('walk', { component: 'ak-stage-consent', token: consent.token }, query)
  const response = await client.request('GET', '/api/v3/flows/inspector/walk/export-run/')
  t.notOk(response.body.includes('canary'))
  t.notOk(response.body.includes(consent.token))
  t.equal(response.json().steps.length, 5)
  const difference = await replay(response.json(), { policies: { inserting } })
  t.equal(difference, undefined, difference === undefined ? '' : differenceText(difference))
  t.match(await replay(response.json()), { what: 'frame', stage: 'one' }, 'a stand-in says what was said, and does not do what was done')
})

t.test('what was not recorded is not exported, and what is no recording is not replayed', async (t) => {
  const client = new Client(await buildApp(t, { definitions: signIn, planner: { policies } }))
  const url = '/api/v3/flows/inspector/sign-in/export-run/'
  await client.get('sign-in')
  const refused = await client.request('GET', url)
  t.equal(refused.statusCode, 400)
  t.match(refused.json(), { detail: /no recorded run/ })
  const planner = { policies, canInspect: () => false, recordRuns: true }
  const closed = new Client(await buildApp(t, { definitions: signIn, planner }))
  t.equal((await closed.request('GET', url)).statusCode, 403)
  for (const wrong of [null, {}, { format: 'fastify-flow-planner recording' }]) {
    await t.rejects(replay(wrong), { code: 'FST_FLOW_RECORDING' })
  }
  const { recording } = await record(t, signIn, 'sign-in', [], { policies })
  await t.rejects(replay(recording, { definitions: define() }), { code: 'FST_FLOW_NOT_FOUND' })
})

t.test('a recording that nests without end is none', async (t) => {
  const { recording } = await record(t, signIn, 'sign-in', steps, { policies })
  const deep: unknown = JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`)
  const [first, second, ...others] = recording.steps
  for (const hostile of [
    { ...recording, context: { deep } },
    { ...recording, steps: [first, { ...second, answer: { uid_field: deep } }, ...others] },
    { ...recording, steps: [first, { ...second, challenge: { deep } }, ...others] }
  ]) await t.rejects(replay(hostile), { code: 'FST_FLOW_RECORDING', message: /it has more than 256 levels$/ })
})

/** A sign-in with a second factor. */
const secondFactor = define(user('alice', { password: PASSWORD }), defineFlow({
  slug: 'second',
  name: 'Sign in',
  title: 'Welcome',
  designation: 'authentication',
  stages: [
    stage('identification', 'who', { userFields: ['username'] }),
    stage('authenticator_validate', 'second factor'),
    stage('user_login', 'login')
  ]
}))

async function signInWith (t: Test, app: FastifyInstance, code: string): Promise<Client> {
  const client = new Client(app)
  await client.get('second')
  await client.post('second', { component: 'ak-stage-identification', uid_field: 'alice' })
  t.match((await client.post('second', { component: 'ak-stage-authenticator-validate', code })).json(), { component: 'xak-flow-redirect' })
  return client
}

t.test('a sign-in with an authenticator app that was used before replays clean', async (t) => {
  let now = Date.UTC(2026, 0, 1)
  const app = await buildApp(t, { definitions: secondFactor, planner: { recordRuns: true, now: () => now } })
  const { pk } = await userNamed(app, 'alice')
  const secret = new Secret({ size: 20 })
  await app.flows.services.users.addDevice(pk, { type: 'totp', name: 'app', seed: new Sensitive(secret.base32), digits: 6 })
  for (const which of ['first', 'second']) {
    const client = await signInWith(t, app, new TOTP({ secret }).generate({ timestamp: now }))
    t.equal(await replayed(client, 'second'), 'no difference', which)
    now += 60_000
  }
})

t.test('a code replays as one of the device that took it', async (t) => {
  const app = await buildApp(t, { definitions: secondFactor, planner: { recordRuns: true } })
  const { users } = app.flows.services
  const { pk } = await userNamed(app, 'alice')
  const secret = new Secret({ size: 20 })
  const other = new Sensitive(new Secret({ size: 20 }).base32)
  await users.addDevice(pk, { type: 'totp', name: 'old', seed: other, digits: 6 })
  await users.addDevice(pk, { type: 'totp', name: 'new', seed: new Sensitive(secret.base32), digits: 6 })
  await users.addDevice(pk, { type: 'static', name: 'old codes', tokens: [new Sensitive('another code')] })
  await users.addDevice(pk, { type: 'static', name: 'new codes', tokens: [new Sensitive('canary code')] })
  for (const code of [new TOTP({ secret }).generate(), 'canary code']) {
    t.equal(await replayed(await signInWith(t, app, code), 'second'), 'no difference')
  }
})

t.test('a name that is taken is taken when it is replayed', async (t) => {
  const definitions = define(user('alice'), defineFlow({
    slug: 'enrolment',
    name: 'Enrolment',
    title: 'Welcome',
    designation: 'enrollment',
    stages: [
      stage('prompt', 'name', { fields: [prompt('name', { fieldKey: 'username', label: 'Name', type: 'text' })] }),
      stage('user_write', 'write')
    ]
  }))
  const { recording, client } = await record(t, definitions, 'enrolment', [{ component: 'ak-stage-prompt', username: 'alice' }])
  t.match(recording.steps.at(-1).challenge, { component: 'ak-stage-access-denied' })
  t.equal(await replayed(client, 'enrolment'), 'no difference')
})

t.test('a run that was started for somebody replays clean', async (t) => {
  const definitions = define(user('alice', { password: PASSWORD }), user('bob'), defineFlow({
    slug: 'walk',
    name: 'Walk',
    title: 'Walk',
    designation: 'authorization',
    stages: [
      { stage: stage('dummy', 'one'), policies: [policy('expression', 'bob', { expression: 'context.friends[0].username == "bob"', language: 'cel' })] },
      stage('password', 'two')
    ]
  }))
  const app = await buildApp(t, {
    definitions,
    planner: { recordRuns: true },
    routes: (app) => app.get('/start', async (request) => {
      const context = { pending_user: await userNamed(app, 'alice'), friends: [await userNamed(app, 'bob')] }
      await app.flows.start(request, 'walk', context)
      return {}
    })
  })
  const client = new Client(app)
  await client.request('GET', '/start')
  t.match((await client.post('walk', { component: 'ak-stage-dummy' })).json(), { component: 'ak-stage-password', pending_user: 'alice' })
  t.equal(await replayed(client, 'walk'), 'no difference')
})

t.test("a run's own changes of a score count once when it is replayed", async (t) => {
  const definitions = define(admin, defineFlow({
    slug: 'sign-in',
    name: 'Sign in',
    title: 'Welcome',
    designation: 'authentication',
    stages: [
      stage('identification', 'who', { userFields: ['username'] }),
      stage('password', 'password'),
      { stage: stage('dummy', 'suspicious'), policies: [policy('reputation', 'bad', { threshold: -2 })] },
      stage('user_login', 'login')
    ]
  }))
  const { client } = await record(t, definitions, 'sign-in', steps.slice(0, 3))
  t.equal(await replayed(client, 'sign-in'), 'no difference')
})

t.test('secrets of the URLs in a query and in a context are not recorded, and replay clean', async (t) => {
  const definitions = define(defineFlow({ slug: 'walk', name: 'Walk', title: 'Walk', designation: 'authorization', stages: [stage('dummy', 'one')] }))
  const walk = async (start?: string) => {
    const app = await buildApp(t, {
      definitions,
      planner: { recordRuns: true },
      routes: (app) => app.get('/start', async (request) => {
        await app.flows.start(request, 'walk', { redirect: '/callback?access_token=canary&state=1' })
        return {}
      })
    })
    const client = new Client(app)
    const query = `next=${encodeURIComponent('/callback?x=a%20b&access_token=canary&state=1')}`
    if (start === undefined) await client.get('walk', query)
    else await client.request('GET', start)
    const end = (await client.post('walk', { component: 'ak-stage-dummy' }, query)).json()
    t.match(end, { component: 'xak-flow-redirect', to: /access_token=canary/ })
    t.notMatch((await client.request('GET', '/api/v3/flows/inspector/walk/export-run/')).body, 'canary')
    t.equal(await replayed(client, 'walk'), 'no difference')
  }
  await walk()
  await walk('/start')
})

t.test("of a host's own path only the route is recorded", async (t) => {
  const isAtRoute = policy('expression', 'at the route', { expression: 'request.path.startsWith("/reset/")', language: 'cel' })
  const definitions = define(defineFlow({
    slug: 'recovery',
    name: 'Recovery',
    title: 'Recovery',
    designation: 'recovery',
    stages: [{ stage: stage('dummy', 'one'), evaluateOnPlan: true, reEvaluatePolicies: false, policies: [isAtRoute] }]
  }))
  const app = await buildApp(t, {
    definitions,
    planner: { recordRuns: true },
    routes: (app) => app.get('/reset/:token', async (request) => {
      await app.flows.start(request, 'recovery', {})
      return {}
    })
  })
  const client = new Client(app)
  await client.request('GET', '/reset/canary')
  await client.post('recovery', { component: 'ak-stage-dummy' })
  const response = await client.request('GET', '/api/v3/flows/inspector/recovery/export-run/')
  t.notMatch(response.body, 'canary')
  t.strictSame(response.json().steps.map(({ http }: { http: { path: string } }) => http.path),
    ['/reset/:token', '/api/v3/flows/executor/recovery/'])
  t.equal(await replayed(client, 'recovery'), 'no difference')
})

t.test('a run replays clean whatever the options of its engine were', async (t) => {
  const one = (more: Partial<Parameters<typeof defineFlow>[0]> = {}) => define(defineFlow({
    slug: 'walk', name: 'Walk', title: 'Walk', designation: 'authorization', stages: [stage('dummy', 'one')], ...more
  }))
  const nick = stage('prompt', 'ask', { fields: [prompt('nick', { fieldKey: 'nick', label: 'Nick', type: 'text' })] })
  const restarting = one({ stages: [{ stage: nick, invalidResponseAction: 'restart' }] })
  const empty = { component: 'ak-stage-prompt', nick: '' }
  for (const [definitions, planner, answers] of [
    [one(), { defaultRedirect: '/home' }, [{ component: 'ak-stage-dummy' }]],
    [one({ authentication: 'require_outpost' }), { isOutpost: () => true }, [{ component: 'ak-stage-dummy' }]],
    [restarting, { maxRestarts: 1 }, [empty, empty]]
  ] as const) {
    const { recording, client } = await record(t, definitions, 'walk', answers, planner)
    t.equal(recording.steps.length, answers.length + 1)
    t.equal(await replayed(client, 'walk'), 'no difference', JSON.stringify(planner))
    for (const step of recording.steps) for (const added of ['refused', 'codesOf', 'isOutpost']) delete step[added]
    t.ok(Value.Check(RunRecordingSchema, { ...recording, options: undefined }), 'older ones have none of these')
  }
  const client = new Client(await buildApp(t, { definitions: one(), planner: { recordRuns: true, requireStepToken: true } }))
  const token = (await client.get('walk')).json().flow_info.step_token
  await client.post('walk', { component: 'ak-stage-dummy', step_token: token })
  t.notMatch((await client.request('GET', '/api/v3/flows/inspector/walk/export-run/')).body, token)
  t.equal(await replayed(client, 'walk'), 'no difference')
})

t.test('a field whose key only looks secret gets a stand-in that it takes', async (t) => {
  for (const [key, type, right, wrong] of [
    ['passport_number', 'number', 12, 'canary'], ['api_opt_in', 'checkbox', true, 'canary'], ['key_opt_in', 'checkbox', 'on', 'canary'],
    ['key_mail', 'email', 'canary@example.com', 'canary'], ['pass_day', 'date', '2026-01-01', 'canary'],
    ['pass_time', 'date-time', '2026-01-01T10:00', 'canary'], ['keyboard', 'dropdown', 'canary', 'no canary'],
    ['monkey', 'text', 'canary', '']
  ] as const) {
    const fields = [
      prompt('mail', { fieldKey: 'mail', label: 'Mail', type: 'email', order: 1 }),
      prompt(key, { fieldKey: key, label: 'Field', type, placeholder: 'canary' })
    ]
    const definitions = define(defineFlow({
      slug: 'walk', name: 'Walk', title: 'Walk', designation: 'authorization', stages: [stage('prompt', 'ask', { fields }), stage('dummy', 'end')]
    }))
    const { recording, client } = await record(t, definitions, 'walk', [
      { component: 'ak-stage-prompt', mail: 'a@example.com', [key]: wrong },
      { component: 'ak-stage-prompt', mail: 'no mail', [key]: right },
      { component: 'ak-stage-prompt', mail: 'a@example.com', [key]: right }
    ])
    t.match(recording.steps.at(-1).challenge, { component: 'ak-stage-dummy' }, key)
    t.notMatch(JSON.stringify(recording.steps), 'canary')
    t.equal(await replayed(client, 'walk'), 'no difference', key)
  }
})
