import t from 'tap'
import { buildApp, Client } from '../app.js'
import { PASSWORD, signInAndOut } from '../flows.js'

t.test('2: an empty body, a wrong component and extra fields never advance', async (t) => {
  const app = await buildApp(t, {
    definitions: signInAndOut,
    routes: (app) => { app.get('/who', async (request) => ({ user: request.flowUser?.username ?? null })) }
  })
  const client = new Client(app)
  await client.get('sign-in')
  const passwordStage = (await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })).json()
  t.equal(passwordStage.component, 'ak-stage-password')
  const before = (await client.inspect('sign-in')).json()
  for (const [what, body, status] of [
    ['an empty body', {}, 200],
    ['no component', { password: PASSWORD }, 200],
    ['a component of null', { component: null, password: PASSWORD }, 200],
    ['the component of another stage', { component: 'ak-stage-user-login' }, 409],
    ['the component of the end', { component: 'xak-flow-redirect', to: '/' }, 409],
    ['the component of a stage without challenge', { component: 'ak-stage-autosubmit' }, 409],
    ['a component of another case', { component: 'AK-STAGE-PASSWORD', password: PASSWORD }, 409],
    ['the component of the form', { component: 'ak-stage-password-form', password: PASSWORD }, 409],
    ['the component and nothing else', { component: 'ak-stage-password' }, 200],
    ['fields of other stages', { component: 'ak-stage-password', code: '123456', uid_field: 'admin', webauthn: {} }, 200],
    ['what the engine keeps', {
      component: 'ak-stage-password', pending_user: 'admin', auth_method: 'password', pass: true, kind: 'passed', current: 99, stage: 'login'
    }, 200],
    ['the field in code spelling of another', { component: 'ak-stage-password', passWord: PASSWORD }, 200]
  ] as const) {
    const answer = await client.post('sign-in', body)
    t.equal(answer.statusCode, status, what)
    t.equal(answer.json().component, 'ak-stage-password', what)
  }
  t.strictSame((await client.inspect('sign-in')).json(), before)
  t.equal((await client.request('GET', '/who')).json().user, null)
  const extra = { component: 'ak-stage-password', password: PASSWORD, context: { is_superuser: true }, __flow: 'x', pending_user: 'root' }
  t.equal((await client.post('sign-in', extra)).json().component, 'xak-flow-redirect', 'a right answer with more in it is a right answer')
  const { plans } = (await client.inspect('sign-in')).json()
  t.notMatch(JSON.stringify(plans), /root|is_superuser":true/, 'and what was more is kept nowhere')
})
