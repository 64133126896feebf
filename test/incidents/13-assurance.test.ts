import { TOTP, URI } from 'otpauth'
import t from 'tap'
import { define, defineFlow, stage, user } from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { PASSWORD } from '../flows.js'

const NOON = Date.UTC(2026, 0, 1, 12)
const who = stage('identification', 'who', { userFields: ['username'] })
const flow = (slug: string, stages: Parameters<typeof defineFlow>[0]['stages']) =>
  defineFlow({ slug, name: slug, title: slug, designation: 'authentication', ...stages === undefined ? {} : { stages } })

const definitions = define(
  user('alice', { password: PASSWORD }),
  flow('strong', [
    who,
    stage('password', 'password'),
    stage('authenticator_validate', 'mfa', {
      notConfiguredAction: 'configure', configurationStages: [stage('authenticator_totp', 'set-up', { digits: 6 })]
    }),
    stage('dummy', 'pause'),
    stage('user_login', 'login')
  ]),
  flow('weak', [who, stage('dummy', 'pause of weak'), stage('user_login', 'login of weak')])
)

/** What a run has proved so far: what its last plan says of it. */
async function proofs (client: Client, slug: string) {
  const { plan_context: context } = (await client.inspect(slug)).json().current_plan
  return { method: context.auth_method ?? null, devices: context.auth_method_args?.mfa_devices ?? [] }
}

t.test('13: setting a second factor up inside a sign-in is no proof of one; using it at the next sign-in is', async (t) => {
  const clock = { time: NOON }
  const app = await buildApp(t, { definitions, planner: { now: () => clock.time } })
  const client = new Client(app)
  await client.get('strong')
  await client.post('strong', { component: 'ak-stage-identification', uid_field: 'alice' })
  const setUp = (await client.post('strong', { component: 'ak-stage-password', password: PASSWORD })).json()
  t.equal(setUp.component, 'ak-stage-authenticator-totp')
  const totp = URI.parse(setUp.config_url)
  if (!(totp instanceof TOTP)) throw new TypeError('a link to a time-based code')
  const code = () => totp.generate({ timestamp: clock.time })
  t.equal((await client.post('strong', { component: 'ak-stage-authenticator-totp', code: code() })).json().component, 'ak-stage-dummy')
  t.strictSame(await proofs(client, 'strong'), { method: 'password', devices: [] })
  await client.post('strong', { component: 'ak-stage-dummy' })

  clock.time += 60_000
  const later = new Client(app)
  await later.get('strong')
  await later.post('strong', { component: 'ak-stage-identification', uid_field: 'alice' })
  const asked = (await later.post('strong', { component: 'ak-stage-password', password: PASSWORD })).json()
  t.match(asked, { component: 'ak-stage-authenticator-validate', device_challenges: [{ device_class: 'totp' }], configuration_stages: [] })
  const chosen = await later.post('strong', { component: 'ak-stage-authenticator-validate', selected_stage: 'any' })
  t.match(chosen.json(), { component: 'ak-stage-authenticator-validate', response_errors: {} }, 'who has a device is not let to set one up instead')
  await later.post('strong', { component: 'ak-stage-authenticator-validate', code: code() })
  t.match(await proofs(later, 'strong'), { method: 'auth_mfa', devices: [{ model_name: 'totpdevice' }] })
})

t.test('13: what one flow has proved is no proof in another, and a weaker flow proves no more than it asks', async (t) => {
  const app = await buildApp(t, { definitions })
  const client = new Client(app)
  await client.get('strong')
  await client.post('strong', { component: 'ak-stage-identification', uid_field: 'alice' })
  await client.post('strong', { component: 'ak-stage-password', password: PASSWORD })
  t.equal((await proofs(client, 'strong')).method, 'password')
  await client.get('weak')
  await client.post('weak', { component: 'ak-stage-identification', uid_field: 'alice' })
  t.strictSame(await proofs(client, 'weak'), { method: null, devices: [] })
  t.equal((await client.post('weak', { component: 'ak-stage-dummy' })).json().component, 'xak-flow-redirect')
  t.strictSame(await proofs(client, 'weak'), { method: null, devices: [] }, 'signed in, and nothing proved: a policy can tell')
  const resumed = (await client.get('strong')).json()
  t.equal(resumed.component, 'ak-stage-identification', 'the run of the strong flow ended with the sign-in')
})
