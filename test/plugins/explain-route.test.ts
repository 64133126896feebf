import { Value } from '@sinclair/typebox/value'
import t from 'tap'
import { define, defineFlow, ExplanationBodySchema, explanationText, policy, prompt, stage, user } from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { signInAndOut } from '../flows.js'

const says = (name: string) => policy('expression', name, { expression: 'host' })

/** Five stages: one is left out, one taken out, and one is never asked about. */
const guarded = define(user('alice'), defineFlow({
  slug: 'walk',
  name: 'Walk',
  title: 'A walk',
  designation: 'enrollment',
  policies: [says('open')],
  stages: [
    stage('dummy', 'first'),
    { stage: stage('dummy', 'left'), evaluateOnPlan: true, policies: [{ policy: says('staff'), negate: true }] },
    stage('prompt', 'ask', { fields: [prompt('colour', { fieldKey: 'colour', label: 'Colour', type: 'text' }), prompt('pass', { fieldKey: 'pass', label: 'Word', type: 'text' })] }),
    { stage: stage('dummy', 'taken'), policies: [{ policy: says('asked'), order: 1 }, { policy: says('asleep'), order: 0, enabled: false }] },
    { stage: stage('dummy', 'last'), policies: [says('broken')] }
  ]
}))

const policies = {
  open: () => true,
  staff: () => ({ passing: true, messages: ['on the list'] }),
  asked: () => false,
  asleep: () => true,
  broken: () => { throw new Error('no connection') }
}

const url = '/api/v3/flows/inspector/walk/explain/'

t.test('explain: every binding with its state, its policies and the reason in words', async (t) => {
  const client = new Client(await buildApp(t, { definitions: guarded, planner: { policies } }))
  t.strictSame((await client.request('GET', url)).json(), { detail: 'No flow plan in session.' })
  t.equal((await client.request('GET', url)).statusCode, 400)
  await client.get('walk')
  const before = await client.inspect('walk')
  const response = await client.request('GET', url)
  t.equal(response.headers['cache-control'], 'no-store')
  t.equal(response.headers['set-cookie'], undefined, 'no session is written')
  const started = response.json()
  t.ok(Value.Check(ExplanationBodySchema, started))
  t.equal((await client.request('GET', url.slice(0, -1))).body, response.body, 'with and without the slash')
  t.equal((await client.inspect('walk')).body, before.body, 'the published body stays as it is')
  t.match(started, {
    flow: { slug: 'walk', designation: 'enrollment' },
    run: { restarts: 0, ending: null },
    planning: { outcome: 'planned', policies: [{ name: 'open', kind: 'expression', result: 'pass', verdicts: [{ asked: 'plan' }] }] },
    bindings: [
      { stage: { name: 'first' }, state: 'current', marker: 're_evaluate', inserted: false, policies: [] },
      {
        stage: { name: 'left', kind: 'dummy', verbose_name: 'Dummy Stage' },
        state: 'left_out',
        marker: null,
        reason: "Left out while the flow was planned: 'staff' failed (negated): on the list.",
        decisions: [{ decision: 'left_out', at: 'plan', messages: ['on the list'] }],
        policies: [{ name: 'staff', negate: true, result: 'fail', verdicts: [{ result: 'fail', faulty: false, cached: false, duration: Number }] }]
      },
      { stage: { name: 'ask' }, state: 'planned' },
      { stage: { name: 'taken' }, state: 'planned', policies: [{ name: 'asleep', enabled: false }, { name: 'asked', result: 'not_asked', verdicts: [] }] },
      { stage: { name: 'last' }, state: 'planned' }
    ]
  })

  await client.post('walk', { component: 'ak-stage-dummy' })
  await client.post('walk', { component: 'ak-stage-prompt', colour: 'green', pass: 'not to be shown' })
  const denied = await client.request('GET', url)
  t.notOk(denied.body.includes('not to be shown'))
  const explained = denied.json()
  t.ok(Value.Check(ExplanationBodySchema, explained))
  t.strictSame(explained.bindings.map(({ state }: { state: string }) => state), ['passed', 'left_out', 'passed', 'taken_out', 'current'])
  t.match(explained, {
    run: { ending: { kind: 'denied' } },
    bindings: [{}, {}, {}, {
      reason: "Taken out when its turn came: 'asked' failed.",
      policies: [{ name: 'asleep', enabled: false, result: 'not_asked' }, { name: 'asked', result: 'fail', verdicts: [{ asked: 'turn' }] }]
    }, {
      reason: "The run was denied here, because it could not be checked: 'broken' could not answer: no connection.",
      policies: [{ name: 'broken', result: 'error', verdicts: [{ faulty: true, messages: ['no connection'] }] }]
    }],
    frames: [{ stage: 'first', changes: [] }, {
      stage: 'ask',
      changes: [{ change: 'added', path: '/prompt_data', value: { colour: 'green', pass: '********************' } }]
    }]
  })
})

t.test('explain: the timeline, a restart and a cancellation', async (t) => {
  const words = prompt('word', { fieldKey: 'word', label: 'Word', type: 'text' })
  const definitions = define(defineFlow({
    slug: 'walk',
    name: 'Walk',
    title: 'A walk',
    designation: 'enrollment',
    stages: [
      stage('dummy', 'first'),
      { stage: stage('prompt', 'word', { fields: [words], validationPolicies: [says('right')] }), invalidResponseAction: 'restart' },
      { stage: stage('prompt', 'again', { fields: [words], validationPolicies: [says('right')] }) }
    ]
  }))
  let now = Date.UTC(2024, 8, 1, 12)
  const client = new Client(await buildApp(t, {
    definitions,
    planner: { now: () => now, policies: { right: ({ context }) => context.prompt_data?.['word'] === 'open' || { passing: false, messages: ['Not that.'] } } }
  }))
  const explain = async () => (await client.request('GET', url)).json()
  const events = async () => (await explain()).timeline.map(({ event, stage }: { event: string, stage: string | null }) => `${event} ${stage ?? ''}`.trim())
  const word = (word: string) => ({ component: 'ak-stage-prompt', word })
  await client.get('walk')
  now += 1000
  await client.post('walk', { component: 'ak-stage-dummy' })
  await client.post('walk', word('shut'))
  t.strictSame(await events(), ['started', 'challenge first', 'passed first', 'challenge word', 'refused word', 'restarted word', 'challenge first'])
  t.match(await explain(), {
    run: { restarts: 1, started_at: '2024-09-01T12:00:00.000Z' },
    bindings: [{ state: 'current' }, { state: 'planned' }, { state: 'planned' }],
    timeline: [
      { at: '2024-09-01T12:00:00.000Z', text: 'Started.' }, { text: "'first' was shown." },
      { at: '2024-09-01T12:00:01.000Z', text: "'first' passed." }, {},
      { text: "An answer to 'word' was refused: Not that.", faults: [{ field: null, string: 'Not that.', code: 'invalid' }] },
      { text: "Planned anew at 'word', from the beginning.", kept_context: false }
    ]
  })
  await client.post('walk', { component: 'ak-stage-dummy' })
  await client.post('walk', word('open'))
  await client.post('walk', word('shut'))
  t.match((await explain()).bindings, [{ state: 'passed' }, { state: 'passed' }, { state: 'current' }])
  await client.request('GET', '/flows/-/cancel/')
  const cancelled = await explain()
  t.ok(Value.Check(ExplanationBodySchema, cancelled))
  t.match(cancelled, {
    run: { ending: { kind: 'cancelled' } },
    bindings: [{ state: 'passed' }, { state: 'passed' }, { state: 'current', reason: 'The run was cancelled here.' }]
  })
  t.equal(cancelled.timeline.at(-1).text, 'Cancelled.')
})

t.test('explain: what was put into the plan before a restart is of that plan', async (t) => {
  const words = prompt('word', { fieldKey: 'word', label: 'Word', type: 'text' })
  const definitions = define(defineFlow({
    slug: 'walk',
    name: 'Walk',
    title: 'A walk',
    designation: 'enrollment',
    policies: [says('open')],
    stages: [
      { stage: stage('prompt', 'word', { fields: [words], validationPolicies: [says('right')] }), policies: [says('puts')], invalidResponseAction: 'restart' },
      stage('dummy', 'last')
    ]
  }))
  let isOpen = true
  const walk = async () => {
    isOpen = true
    const client = new Client(await buildApp(t, {
      definitions,
      planner: {
        policies: {
          open: () => isOpen,
          right: () => false,
          puts: ({ plan }) => {
            plan?.insertStage({ kind: 'dummy', name: 'put', options: {} })
            return true
          }
        }
      }
    }))
    await client.get('walk')
    const states = async () => (await client.request('GET', url)).json()
      .bindings.map(({ stage, state }: { stage: { name: string }, state: string }) => `${stage.name} ${state}`)
    return { client, states, restart: async () => await client.post('walk', { component: 'ak-stage-prompt', word: 'x' }) }
  }
  const cancelled = await walk()
  t.strictSame(await cancelled.states(), ['word current', 'put planned', 'last planned'])
  await cancelled.client.request('GET', '/flows/-/cancel/')
  t.strictSame((await cancelled.states()).toSorted(), ['last not_reached', 'put not_reached', 'word current'])

  const restarted = await walk()
  await restarted.restart()
  t.strictSame(await restarted.states(), ['word current', 'put planned', 'last planned'], 'it is there once')
  await restarted.restart()
  await restarted.client.request('GET', '/flows/-/cancel/')
  t.strictSame(await restarted.states(), ['word current', 'last not_reached'], 'of which plan it was is not known any more')

  const refused = await walk()
  isOpen = false
  await refused.restart()
  t.strictSame(await refused.states(), ['word not_reached', 'last not_reached'])
})

t.test('explain: ten lines of text for a log', async (t) => {
  const app = await buildApp(t, {
    definitions: guarded,
    planner: { policies },
    routes: (app) => app.get('/why', async (request) => {
      const explanation = await app.flows.explain(request, 'walk')
      return explanation === undefined ? 'no run' : explanationText(explanation)
    })
  })
  const client = new Client(app)
  t.equal((await client.request('GET', '/why')).body, 'no run')
  await client.get('walk')
  t.match((await client.request('GET', '/why')).body, /^Flow 'walk' \(enrollment\), started .*Z\nThe flow applies: 'open' passed\.\n {2}first: Its turn has come\.\n/)
  await client.post('walk', { component: 'ak-stage-dummy' })
  await client.post('walk', { component: 'ak-stage-prompt', colour: 'green', pass: 'x' })
  const text = (await client.request('GET', '/why')).body
  t.match(text, /\nIt was denied at 'last': This step could not be checked\. Please try again later\. \(.*Z\)$/)
  t.ok(text.split('\n').length <= 10)
})

t.test('explain: a run that never began', async (t) => {
  const closed = define(
    defineFlow({ slug: 'members', name: 'm', title: 'm', designation: 'authorization', authentication: 'require_authenticated', stages: [stage('dummy', 'one')] }),
    defineFlow({ slug: 'closed', name: 'c', title: 'c', designation: 'authorization', policies: [says('shut')], stages: [stage('dummy', 'two')] }),
    defineFlow({ slug: 'unsure', name: 'u', title: 'u', designation: 'authorization', stages: [{ stage: stage('dummy', 'three'), evaluateOnPlan: true, policies: [says('broken')] }] }),
    defineFlow({ slug: 'empty', name: 'e', title: 'e', designation: 'authorization', stages: [{ stage: stage('dummy', 'four'), evaluateOnPlan: true, policies: [says('shut')] }] }))
  const client = new Client(await buildApp(t, {
    definitions: closed, planner: { policies: { shut: () => ({ passing: false, messages: ['we are closed'] }), broken: policies.broken } }
  }))
  const explain = async (slug: string) => {
    await client.get(slug)
    return (await client.request('GET', `/api/v3/flows/inspector/${slug}/explain/`)).json()
  }
  t.match(await explain('members'), {
    planning: { outcome: 'requirement', reason: 'The flow does not apply: it requires that somebody is signed in (require_authenticated).' },
    bindings: [{ state: 'not_reached', reason: 'Not reached: the flow was refused.' }]
  })
  t.match(await explain('closed'), {
    planning: { outcome: 'policy', reason: "The flow does not apply: 'shut' failed: we are closed." }, bindings: [{ state: 'not_reached' }]
  })
  t.match(await explain('unsure'), {
    planning: { outcome: 'policy_error', reason: "The flow does not apply, because its stage 'three' could not be checked: 'broken' could not answer: no connection." }
  })
  t.match(await explain('empty'), {
    planning: { outcome: 'empty', reason: 'The flow applies, but no stage is left.' }, bindings: [{ state: 'left_out' }], run: { ending: { to: '/' } }
  })
})

t.test('explain: who may not inspect may not have it explained either', async (t) => {
  const client = new Client(await buildApp(t, { definitions: signInAndOut, planner: { canInspect: () => false } }))
  const path = (slug: string) => `/api/v3/flows/inspector/${slug}/explain/`
  const refused = await client.request('GET', path('sign-in'))
  t.equal(refused.statusCode, 403)
  t.match(refused.json(), { code: 'FST_FLOW_FORBIDDEN' })
  t.equal((await client.request('GET', path('nothing'))).statusCode, 404)
  t.equal((await client.request('GET', path('x'.repeat(51)))).statusCode, 404)
})
