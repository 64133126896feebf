import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import t, { type Test } from 'tap'
import {
  CHANNELS, define, defineFlow, passed, policy, replay, stage, StoreUnavailableError, type StageKind
} from '../../plugins/index.js'
import { serveMetrics } from '../../examples/metrics.js'
import { buildApp, Client } from '../app.js'
import { OWN_KIND } from '../executor/own-stage.js'
import { admin, dummies, PASSWORD, signInAndOut } from '../flows.js'

const PASSING: StageKind = { ...OWN_KIND, enter: () => passed() }

/** What is told on every channel until the test ends: the channel's last word and the message. */
function hear (t: Test): { readonly channel: string, readonly message: unknown }[] {
  const heard: { channel: string, message: unknown }[] = []
  const listener = (message: unknown, name: string | symbol) => { heard.push({ channel: String(name).replace(/^.*:/, ''), message }) }
  for (const name of Object.values(CHANNELS)) {
    subscribe(name, listener)
    t.teardown(() => unsubscribe(name, listener))
  }
  return heard
}

t.test('channels: a sign-in is told step by step, with durations and without what was typed', async (t) => {
  const client = new Client(await buildApp(t, { definitions: signInAndOut }))
  const heard = hear(t)
  await client.get('sign-in')
  await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })
  await client.post('sign-in', { component: 'ak-stage-password', password: 'quite wrong' })
  await client.post('sign-in', { component: 'ak-stage-password', password: PASSWORD })
  t.strictSame(heard.map(({ channel }) => channel),
    ['plan', 'challenge', 'pass', 'challenge', 'refuse', 'pass', 'pass', 'end'])
  t.match(heard[0]?.message, { flow: 'sign-in', result: 'planned', cached: false, bindings: 3, duration: Number })
  t.match(heard[1]?.message, { flow: 'sign-in', run: String, stage: 'who', kind: 'identification', method: 'GET', duration: Number, faults: [] })
  t.match(heard[4]?.message, { stage: 'password', kind: 'password', method: 'POST', faults: [{ field: 'password', code: 'invalid' }] })
  t.match(heard[6]?.message, { stage: 'login', kind: 'user_login' })
  t.match(heard[7]?.message, { flow: 'sign-in', stage: null })
  t.notMatch(JSON.stringify(heard), /quite wrong|correct horse/)
  t.equal(new Set(heard.slice(1).map(({ message }) => Reflect.get(Object(message), 'run'))).size, 1, 'all of one run')
})

t.test('channels: verdicts, plans that are refused or empty, denials and cancellations', async (t) => {
  const flow = (slug: string, result: boolean) => defineFlow({
    slug, name: slug, title: slug, designation: 'enrollment', policies: [policy('dummy', `says ${result}`, { result, waitMin: 0, waitMax: 0 })]
  })
  const denied = defineFlow({ slug: 'denied', name: 'd', title: 'd', designation: 'enrollment', stages: [stage('deny', 'no')] })
  const client = new Client(await buildApp(t, { definitions: define(admin, flow('shut', false), flow('bare', true), denied, dummies('walk', 'one')) }))
  const heard = hear(t)
  await client.get('shut')
  await client.get('bare')
  await client.get('denied')
  await client.get('walk')
  await client.request('GET', '/flows/-/cancel/')
  const told = (channel: string) => heard.filter((one) => one.channel === channel).map(({ message }) => message)
  t.match(told('plan'), [{ result: 'refused' }, { result: 'empty' }, { result: 'planned' }, { result: 'planned' }])
  t.match(told('verdict'), [
    { flow: 'shut', verdict: { name: 'says false', result: 'fail', duration: Number } }, { flow: 'bare', verdict: { result: 'pass' } }
  ])
  t.match(told('deny'), [{ flow: 'shut', stage: null }, { flow: 'denied', stage: 'no', kind: 'deny' }])
  t.match(told('end'), [{ flow: 'bare' }, { flow: 'walk' }])
})

t.test('channels: nothing is told of a dry walk, simulated or replayed', async (t) => {
  const asked = policy('dummy', 'asked', { result: true, waitMin: 0, waitMax: 0 })
  const stages = [{ stage: stage('dummy', 'one'), policies: [asked] }]
  const flow = defineFlow({
    slug: 'walk', name: 'walk', title: 'walk', designation: 'enrollment', policies: [asked], stages
  })
  const planner = { canSimulate: () => true, recordRuns: true }
  const client = new Client(await buildApp(t, { definitions: define(flow), planner }))
  await client.get('walk')
  await client.post('walk', { component: 'ak-stage-dummy' })
  const recording = (await client.request('GET', '/api/v3/flows/inspector/walk/export-run/')).json()
  const heard = hear(t)
  const simulated = await client.request('POST', '/api/v3/flows/inspector/walk/simulate/', { answers: [{}] })
  t.match(simulated.json(), { explanation: { run: { ending: { kind: 'redirected' } } } })
  t.equal(await replay(recording), undefined)
  t.strictSame(heard, [])
})

t.test('channels: what has passed before a fault, or before a store was away, is told once it is kept', async (t) => {
  for (const error of [new Error('a fault'), new StoreUnavailableError('away')]) {
    let faults = 1
    const kind: StageKind = {
      ...OWN_KIND,
      enter () {
        faults -= 1
        if (faults >= 0) throw error
        return passed()
      }
    }
    const walk = defineFlow({
      slug: 'walk', name: 'Walk', title: 'Walk', designation: 'enrollment', stages: [stage('dummy', 'one'), stage(kind, 'two'), stage('dummy', 'three')]
    })
    const client = new Client(await buildApp(t, { definitions: define(walk), planner: { stageKinds: [kind] } }))
    const heard = hear(t)
    await client.get('walk')
    await client.post('walk', { component: 'ak-stage-dummy' })
    await client.get('walk')
    await client.post('walk', { component: 'ak-stage-dummy' })
    t.match(heard.filter(({ channel }) => channel === 'pass'), [{ message: { stage: 'one' } }, { message: { stage: 'two' } }, { message: { stage: 'three' } }])
  }
})

t.test('channels: what happens in a flow that a stage of another one goes on with', async (t) => {
  const inner = defineFlow({ slug: 'inner', name: 'i', title: 'i', designation: 'enrollment', stages: [stage(PASSING, 'pass'), stage('dummy', 'ask')] })
  const outer = defineFlow({ slug: 'outer', name: 'o', title: 'o', designation: 'enrollment', stages: [stage('redirect', 'go on', { mode: 'flow', targetFlow: inner })] })
  const client = new Client(await buildApp(t, { definitions: define(inner, outer), planner: { stageKinds: [PASSING] } }))
  const heard = hear(t)
  await client.get('outer')
  t.match(heard.filter(({ channel }) => channel !== 'plan'), [
    { channel: 'pass', message: { flow: 'inner', stage: 'pass' } }, { channel: 'challenge', message: { flow: 'inner', stage: 'ask' } },
    { channel: 'pass', message: { flow: 'outer', stage: 'go on' } }, { channel: 'end', message: { flow: 'outer' } }
  ])
})

t.test('channels: the example serves plan and stage times as histograms under the original’s names', async (t) => {
  const app = await buildApp(t, { definitions: signInAndOut, routes: serveMetrics })
  const client = new Client(app)
  await client.get('sign-in')
  await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })
  const { body } = await client.request('GET', '/metrics')
  t.match(body, 'authentik_flows_plan_time_count{flow_slug="sign-in"} 1')
  t.match(body, 'authentik_flows_execution_stage_time_count{stage_type="identification",method="GET"} 1')
  t.match(body, 'authentik_flows_execution_stage_time_count{stage_type="password",method="POST"} 1')
})
