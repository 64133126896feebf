import t from 'tap'
import { buildApp, Client } from '../app.js'
import { PASSWORD, signInAndOut } from '../flows.js'

t.test('a session whose members of ours have another form is taken for one without them', async (t) => {
  const app = await buildApp(t, {
    definitions: signInAndOut,
    routes: (app) => {
      app.get('/another-form', async (request) => {
        Reflect.set(request.session, 'flows', { runs: ['a'] })
        return {}
      })
      app.get('/kept', async ({ session }) => ({ flows: session.flows }))
    }
  })
  const client = new Client(app)
  await client.request('GET', '/another-form')
  t.equal((await client.get('sign-in')).statusCode, 200)
  t.match((await client.request('GET', '/kept')).json().flows, /^[0-9a-f-]{36}$/, 'the flow that has a run is all that is there')
})

t.test('what the app itself keeps in a session stays when somebody signs in, whatever else is there', async (t) => {
  const app = await buildApp(t, {
    definitions: signInAndOut,
    routes: (app) => {
      app.get('/put', async (request) => {
        Reflect.set(request.session, 'basket', ['a book'])
        return {}
      })
      app.get('/members', async ({ session }) => JSON.parse(JSON.stringify(session)))
    }
  })
  const client = new Client(app)
  await client.request('GET', '/put')
  await client.get('sign-in')
  await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })
  await client.post('sign-in', { component: 'ak-stage-password', password: PASSWORD })
  const { cookie: _cookie, ...members } = (await client.request('GET', '/members')).json()
  t.strictSame(members.basket, ['a book'])
  t.strictSame(Object.keys(members).sort(), ['basket', 'flows', 'flowsSignIn'])
})
