import t from 'tap'
import type { Inspection } from '../../plugins/index.js'
import { buildApp, Client, load } from '../app.js'

const SIGN_IN = `
version: 1
metadata: { name: sign-in }
entries:
- { model: authentik_core.group, id: admins, identifiers: { name: admins }, attrs: { is_superuser: true } }
- model: authentik_core.user
  identifiers: { username: admin }
  attrs: { name: Ada Admin, email: ada@example.com, password: correct horse battery, groups: [!KeyOf admins] }
- model: authentik_flows.flow
  id: flow
  identifiers: { slug: sign-in }
  attrs: { name: Sign in, title: Welcome, designation: authentication }
- { model: authentik_stages_identification.identificationstage, id: who, identifiers: { name: who }, attrs: { user_fields: [username, email] } }
- { model: authentik_stages_password.passwordstage, id: password, identifiers: { name: password }, attrs: { backends: [authentik.core.auth.InbuiltBackend] } }
- { model: authentik_stages_authenticator_validate.authenticatorvalidatestage, id: mfa, identifiers: { name: mfa } }
- { model: authentik_stages_user_login.userloginstage, id: login, identifiers: { name: login } }
- { model: authentik_flows.flowstagebinding, identifiers: { order: 10, stage: !KeyOf who, target: !KeyOf flow } }
- { model: authentik_flows.flowstagebinding, identifiers: { order: 20, stage: !KeyOf password, target: !KeyOf flow } }
- { model: authentik_flows.flowstagebinding, identifiers: { order: 30, stage: !KeyOf mfa, target: !KeyOf flow } }
- { model: authentik_flows.flowstagebinding, identifiers: { order: 100, stage: !KeyOf login, target: !KeyOf flow } }
`

t.test('sign-in: a whole walk, with the inspector after each step', async (t) => {
  const app = await buildApp(t, {
    definitions: load(SIGN_IN),
    routes: (app) => { app.get('/who', async (request) => ({ user: request.flowUser?.username ?? null })) }
  })
  const client = new Client(app)
  const first = await client.get('sign-in')
  t.equal(first.statusCode, 200)
  const { flow_info: { step_token: token, ...info }, ...challenge } = first.json()
  t.match(token, /^[0-9a-f]{64}$/)
  t.strictSame({ ...challenge, flow_info: info }, {
    component: 'ak-stage-identification',
    flow_info: {
      title: 'Welcome', background: '/static/dist/assets/images/flow_background.jpg', cancel_url: '/flows/-/cancel/', layout: 'stacked'
    },
    user_fields: ['username', 'email'],
    password_fields: false,
    allow_show_password: false,
    flow_designation: 'authentication',
    primary_action: 'Log in',
    sources: [],
    show_source_labels: false
  })
  const before = client.cookie
  const planned = (await client.inspect('sign-in')).json()
  t.equal(planned.is_completed, false)
  t.equal(planned.current_plan.current_stage.stage_obj.name, 'who')
  t.equal(planned.current_plan.next_planned_stage.stage_obj.name, 'password')
  const second = await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })
  t.match(second.json(), { component: 'ak-stage-password', pending_user: 'admin' })
  const wrong = await client.post('sign-in', { component: 'ak-stage-password', password: 'wrong' })
  t.strictSame(wrong.json().response_errors, { password: [{ string: 'Invalid password', code: 'invalid' }] })
  const done = await client.post('sign-in', { component: 'ak-stage-password', password: 'correct horse battery' }, 'next=/who')
  t.strictSame(done.json(), { component: 'xak-flow-redirect', to: '/who' })
  t.not(client.cookie, before, 'the session id changes at sign-in')
  t.strictSame((await client.request('GET', '/who')).json(), { user: 'admin' })
  t.strictSame((await new Client(app, before).request('GET', '/who')).json(), { user: null }, 'the old cookie is dead')
  const inspected = (await client.inspect('sign-in')).json()
  t.equal(inspected.is_completed, true)
  const names = inspected.plans.map((plan: Inspection['plans'][0]) => plan.current_stage.stage_obj.name)
  t.strictSame(names, ['who', 'password', 'mfa', 'login'])
  t.match(inspected.plans[0].plan_context, { pending_user: { username: 'admin', email: 'ada@example.com' } })
  t.notOk('next_planned_stage' in inspected.plans[3])
})
