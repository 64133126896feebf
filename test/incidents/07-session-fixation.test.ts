import { MemoryStore } from '@fastify/session'
import t from 'tap'
import { buildApp, Client } from '../app.js'
import { SlowSerialisingStore } from '../e2e/session-store.js'
import { PASSWORD, signInAndOut } from '../flows.js'

for (const Store of [MemoryStore, SlowSerialisingStore]) {
  for (const rolling of [true, false]) {
    t.test(`7: the session's id changes at sign-in and at sign-out, and the old one is nobody's: ${Store.name}, rolling ${rolling}`, async (t) => {
      const app = await buildApp(t, {
        definitions: signInAndOut,
        session: { store: new Store(), rolling },
        routes: (app) => { app.get('/who', async (request) => ({ user: request.flowUser?.username ?? null })) }
      })
      const who = async (cookie: string | undefined) => (await new Client(app, cookie).request('GET', '/who')).json().user
      const victim = new Client(app)
      await victim.get('sign-in')
      const fixed = victim.cookie
      await victim.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })
      t.equal(victim.cookie, fixed, 'until then it stays')
      const token = (await victim.get('sign-in')).json().flow_info.step_token
      await victim.post('sign-in', { component: 'ak-stage-password', password: PASSWORD })
      const signedIn = victim.cookie
      t.not(signedIn, fixed)
      t.equal(await who(signedIn), 'admin')
      t.equal(await who(fixed), null, 'whoever has planted the old id is not signed in')
      const attacker = new Client(app, fixed)
      t.equal((await attacker.inspect('sign-in')).json().plans?.length ?? 0, 0, 'and sees nothing of the run')
      const fresh = (await attacker.get('sign-in')).json()
      t.not(fresh.component, 'ak-stage-password')
      if (token !== undefined) t.not(fresh.flow_info?.step_token, token)
      t.equal(await who(attacker.cookie), null)
      await victim.get('sign-out')
      t.not(victim.cookie, signedIn)
      t.equal(await who(signedIn), null)
      t.equal(await who(victim.cookie), null)
    })
  }
}

for (const cookiePrefix of ['', 's:']) {
  t.test(`7: the answer that signs in sets the session's cookie once, to the new id, with the prefix '${cookiePrefix}'`, async (t) => {
    const app = await buildApp(t, {
      definitions: signInAndOut,
      session: { cookiePrefix },
      routes: (app) => { app.get('/who', async (request) => ({ user: request.flowUser?.username ?? null })) }
    })
    const client = new Client(app)
    await client.get('sign-in')
    await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })
    const before = client.cookie ?? ''
    const { cookies, statusCode } = await client.post('sign-in', { component: 'ak-stage-password', password: PASSWORD })
    t.equal(statusCode, 200)
    t.match(cookies, [{ name: 'sessionId', path: '/', httpOnly: true }])
    t.equal(cookies.length, 1)
    t.ok(cookies[0]?.value.startsWith(cookiePrefix))
    t.not(cookies[0]?.value, before)
    t.strictSame((await client.request('GET', '/who')).json(), { user: 'admin' })
  })
}
