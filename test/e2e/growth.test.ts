import t, { type Test } from 'tap'
import { define, joinDefinitions } from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { dummies, PASSWORD, signInAndOut } from '../flows.js'
import { SlowSerialisingStore } from './session-store.js'

const DUMMY = { component: 'ak-stage-dummy' }

/** Characters of a run's state, and of its inspection, when all stages but the last have passed. */
async function sizes (t: Test, stages: number): Promise<{ state: number, inspection: number }> {
  const names = Array.from({ length: stages }, (_, index) => `stage ${index + 10}`)
  const store = new SlowSerialisingStore(0)
  const app = await buildApp(t, { definitions: define(dummies('long', ...names)), session: { store } })
  const client = new Client(app)
  await client.get('long')
  for (let passed = 1; passed < stages; passed += 1) await client.post('long', DUMMY)
  const { body } = await client.inspect('long')
  t.equal(JSON.parse(body).plans.length, stages - 1)
  const found = await app.flows.executor.find('long', [...store.sessions.keys()][0] ?? '')
  return { state: found.kind === 'live' ? JSON.stringify(found.run.state).length : NaN, inspection: body.length }
}

t.test('twice as many stages make a run twice as large, and its inspection', async (t) => {
  const [twenty, forty] = [await sizes(t, 20), await sizes(t, 40)]
  t.ok(forty.state / twenty.state <= 2.1, `${twenty.state} and ${forty.state} characters of state`)
  t.ok(forty.inspection / twenty.inspection <= 2.1, `${twenty.inspection} and ${forty.inspection} characters of inspection`)
})

t.test('the session keeps at most 300 bytes of ours, whatever runs it has', async (t) => {
  const store = new SlowSerialisingStore(0)
  const flows = Array.from({ length: 8 }, (_, index) => dummies(`flow-${index}`, 'only'))
  const definitions = joinDefinitions(signInAndOut, define(...flows))
  const app = await buildApp(t, { definitions, session: { store } })
  const client = new Client(app)
  const ours = () => [...store.sessions.values()].map((text) => {
    const { flows, flowsSignIn } = JSON.parse(text)
    return JSON.stringify({ flows, flowsSignIn }).length
  })
  await client.get('sign-in')
  await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })
  t.equal((await client.post('sign-in', { component: 'ak-stage-password', password: PASSWORD })).json().component, 'xak-flow-redirect')
  for (const { slug } of flows) {
    await client.get(slug)
    t.ok(Math.max(...ours()) <= 300, `${ours().join()} bytes with a run of ${slug}`)
  }
})
