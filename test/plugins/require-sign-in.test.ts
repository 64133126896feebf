import t from 'tap'
import { buildApp, Client } from '../app.js'
import { PASSWORD, signInAndOut } from '../flows.js'

const PAGE = { accept: 'text/html' }

t.test('requireSignIn: whoever has signed in comes to where they wanted to go, or else to the default', async (t) => {
  const app = await buildApp(t, {
    definitions: signInAndOut,
    planner: { defaultRedirect: '/home' },
    routes: (app) => { app.get('/*', { preHandler: app.requireSignIn }, async ({ url }) => url) }
  })
  const state = (length: number, character = 's') => `/authorize?state=${character.repeat(length)}`
  for (const [what, wanted, end] of [
    ['a plain address', '/files/a.txt?b=%5C&c=%C3%BC', '/files/a.txt?b=%5C&c=%C3%BC'],
    ['the longest', state(4079), state(4079)],
    ['one that is too long', state(4080), '/home'],
    ['one that is too long for the query of a page', state(3000, ','), '/home'],
    ['one that may be taken for another site', '/files/a%5Cb.txt', '/home']
  ] as const) {
    const client = new Client(app)
    const sent = await client.request('GET', wanted, undefined, PAGE)
    t.equal(sent.statusCode, 302, what)
    const { pathname, searchParams } = new URL(String(sent.headers.location), 'http://localhost')
    t.equal(pathname, '/if/flow/sign-in/', what)
    const query = searchParams.toString()
    await client.get('sign-in', query)
    await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' }, query)
    const answer = await client.post('sign-in', { component: 'ak-stage-password', password: PASSWORD }, query)
    t.strictSame(answer.json(), { component: 'xak-flow-redirect', to: end }, what)
    t.equal((await client.request('GET', wanted, undefined, PAGE)).body, wanted, what)
  }
})

t.test('requireSignIn: who asks for no page is told to sign in', async (t) => {
  const app = await buildApp(t, {
    definitions: signInAndOut, routes: (app) => { app.get('/private', { preHandler: app.requireSignIn }, async () => 'private') }
  })
  const { statusCode, headers, body } = await app.inject('/private')
  t.equal(statusCode, 401)
  t.equal(headers['cache-control'], 'no-store')
  t.strictSame(JSON.parse(body), { detail: 'Sign in first.', code: 'not_authenticated' })
})
