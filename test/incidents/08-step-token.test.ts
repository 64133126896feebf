import t from 'tap'
import { define, defineFlow, prompt, stage } from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { dummies, signInAndOut } from '../flows.js'

const flows = define(dummies('walk', 'one', 'two', 'three'))
const DUMMY = { component: 'ak-stage-dummy' }

t.test('8: step token: the one on show is good for one answer, and equal answers with it get the same reply', async (t) => {
  const client = new Client(await buildApp(t, { definitions: flows }))
  const token = (await client.get('walk')).json().flow_info.step_token
  t.equal((await client.get('walk')).json().flow_info.step_token, token, 'a reload shows the same one')
  const next = await client.post('walk', { ...DUMMY, step_token: token })
  t.equal(next.json().name, 'walk two')
  t.not(next.json().flow_info.step_token, token)
  const again = await client.post('walk', { ...DUMMY, step_token: token })
  t.equal(again.statusCode, 200)
  t.strictSame(again.json(), next.json(), 'however late it comes')
  t.equal((await client.inspect('walk')).json().plans.length, 1)
  const other = await client.post('walk', { ...DUMMY, step_token: token, another: 'body' })
  t.equal(other.statusCode, 409)
  t.strictSame(other.json(), next.json(), 'with the challenge on show and its token')
  t.equal((await client.post('walk', { ...DUMMY, step_token: next.json().flow_info.step_token })).json().name, 'walk three')
})

t.test('8: step token: those of other runs, other stages, and whatever is no text change nothing', async (t) => {
  const app = await buildApp(t, { definitions: define(dummies('walk', 'one', 'two'), dummies('other', 'one')) })
  const client = new Client(app)
  const first = (await client.get('walk')).json()
  const otherFlow = (await client.get('other')).json().flow_info.step_token
  const otherBrowser = (await new Client(app).get('walk')).json().flow_info.step_token
  for (const token of [otherFlow, otherBrowser, '', 'x', first.flow_info.step_token.toUpperCase(), 7, null, {}, [first.flow_info.step_token]]) {
    const response = await client.post('walk', { ...DUMMY, step_token: token })
    t.equal(response.statusCode, 409, JSON.stringify(token))
    t.strictSame(response.json(), first)
  }
})

t.test('8: step token: a refused answer makes a new one, so that two tabs cannot answer over one another', async (t) => {
  const client = new Client(await buildApp(t, { definitions: signInAndOut }))
  await client.get('sign-in')
  const shown = (await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })).json().flow_info.step_token
  const wrong = (await client.post('sign-in', { component: 'ak-stage-password', password: 'wrong', step_token: shown })).json()
  t.match(wrong, { response_errors: { password: [{ code: 'invalid' }] } })
  const tab = await client.post('sign-in', { component: 'ak-stage-password', password: 'other', step_token: shown })
  t.equal(tab.statusCode, 409)
  t.equal(tab.json().flow_info.step_token, wrong.flow_info.step_token)
})

t.test('8: step token: where it is required, no answer and no cancellation goes without it', async (t) => {
  const client = new Client(await buildApp(t, { definitions: flows, planner: { requireStepToken: true } }))
  const first = (await client.get('walk')).json()
  const without = await client.post('walk', DUMMY)
  t.equal(without.statusCode, 200)
  t.equal(without.json().name, 'walk one')
  t.strictSame(without.json().response_errors, { step_token: [{ string: 'This field is required.', code: 'required' }] })
  t.match(first.flow_info.cancel_url, `/flows/-/cancel/?step_token=${first.flow_info.step_token}`)
  for (const url of ['/flows/-/cancel/', '/flows/-/cancel/?step_token=wrong']) {
    const response = await client.request('GET', url)
    t.equal(response.statusCode, 403)
    t.match(response.json(), { code: 'FST_FLOW_STEP_TOKEN' })
  }
  t.equal((await client.inspect('walk')).json().is_completed, false)
  t.equal((await client.request('GET', first.flow_info.cancel_url)).statusCode, 302)
  t.equal((await client.inspect('walk')).statusCode, 400, 'it has ended without a frame')
  t.equal((await client.request('GET', '/flows/-/cancel/')).statusCode, 302, 'where nothing is live there is nothing to protect')
})

t.test('8: step token: no prompt may be called like it', (t) => {
  const ask = stage('prompt', 'ask', { fields: [prompt('token', { fieldKey: 'step_token', label: 'Token', type: 'text' })] })
  t.rejects(buildApp(t, { definitions: define(defineFlow({ slug: 'f', name: 'f', title: 'f', designation: 'enrollment', stages: [ask] })) }), {
    code: 'FST_FLOW_DEFINITION', message: /may not be 'step_token'/
  })
  t.end()
})

t.test('8: what changes something comes from a page of this origin: nothing else that a browser names is let through', async (t) => {
  const client = new Client(await buildApp(t, { definitions: define(dummies('walk', 'one', 'two'), signOut) }))
  await client.get('walk')
  const from = [
    { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { 'sec-fetch-site': 'unheard-of' },
    { origin: 'https://evil.example' }, { origin: 'null' }, { origin: 'http://localhost:81' }
  ]
  for (const headers of from) {
    const name = JSON.stringify(headers)
    t.equal((await client.request('POST', '/api/v3/flows/executor/walk/', DUMMY, headers)).statusCode, 403, name)
    t.equal((await client.request('GET', '/flows/-/cancel/', undefined, headers)).statusCode, 403, name)
    t.equal((await client.request('GET', '/api/v3/flows/executor/sign-out/', undefined, headers)).statusCode, 403, name)
  }
  t.equal((await client.inspect('walk')).json().plans.length, 0)
  const own = { 'sec-fetch-site': 'same-origin' }
  t.equal((await client.request('POST', '/api/v3/flows/executor/walk/', DUMMY, own)).json().name, 'walk two')
})

const signOut = defineFlow({ slug: 'sign-out', name: 'Sign out', title: 'Bye', designation: 'invalidation', stages: [stage('user_logout', 'logout')] })
