import type { FastifyRequest } from 'fastify'
import t from 'tap'
import { define, defineFlow, stage, type User } from '../../plugins/index.js'
import { buildApp, Client, load } from '../app.js'
import { dummies, PASSWORD, signInAndOut } from '../flows.js'

/** A user whose plans are cached. */
const versioned = (pk: number): User => ({
  pk,
  version: '1',
  uuid: `00000000-0000-4000-8000-00000000000${pk}`,
  username: `user-${pk}`,
  name: '',
  email: '',
  isActive: true,
  isSuperuser: false,
  groups: [],
  attributes: {},
  passwordChangeDate: '2026-01-01T00:00:00.000Z',
  hasUsablePassword: true
})

const flows = define(dummies('b-walk', 'one', 'two'), dummies('a-walk', 'one'), dummies('c-walk', 'one'))

t.test('flows: a list in pages, sorted and searched', async (t) => {
  const client = new Client(await buildApp(t, { definitions: flows }))
  const slugs = async (query: string): Promise<string[]> =>
    (await client.request('GET', `/api/v3/flows/instances/?${query}`)).json().results.map(({ slug }: { slug: string }) => slug)
  t.strictSame(await slugs(''), ['a-walk', 'b-walk', 'c-walk'])
  t.strictSame(await slugs('ordering=-slug'), ['c-walk', 'b-walk', 'a-walk'])
  t.strictSame(await slugs('search=B-W'), ['b-walk'])
  t.strictSame(await slugs('designation=recovery'), [])
  t.strictSame((await client.request('GET', '/api/v3/flows/instances?page=2&page_size=2')).json().pagination, {
    next: 0, previous: 1, count: 3, current: 2, total_pages: 2, start_index: 3, end_index: 3
  })
  t.equal((await client.request('GET', '/api/v3/flows/instances/?page=0')).statusCode, 400)
})

t.test('flows: one by slug, its diagram and its export, which loads again', async (t) => {
  const client = new Client(await buildApp(t, { definitions: flows }))
  const flow = (await client.request('GET', '/api/v3/flows/instances/b-walk/')).json()
  t.match(flow, { slug: 'b-walk', authentication: 'none', export_url: '/api/v3/flows/instances/b-walk/export/' })
  t.equal(flow.stages.length, 2)
  t.match((await client.request('GET', '/api/v3/flows/instances/b-walk/diagram/')).json().diagram, /^graph TD/)
  const exported = await client.request('GET', flow.export_url)
  t.equal(exported.headers['content-type'], 'application/x-yaml')
  t.equal(exported.headers['content-disposition'], 'attachment; filename="b-walk.yaml"')
  const again = load(exported.body)
  t.strictSame(again.flows, flows.flows.filter(({ slug }) => slug === 'b-walk'))
  t.equal(again.bindings.length, 2)
})

t.test('flows: how many plans of each are cached is told, and none is after a change of the definitions', async (t) => {
  // Flows for set-up, which the others here are, are never cached.
  const cached = { ...flows, flows: flows.flows.map((flow) => ({ ...flow, designation: 'authorization' as const })) }
  const app = await buildApp(t, { definitions: cached, planner: { planCacheSize: 3 } })
  const counts = async () => {
    const { results } = (await new Client(app).request('GET', '/api/v3/flows/instances/')).json()
    const listed: number[] = results.map(({ cache_count: count }: { cache_count: number }) => count)
    for (const [index, slug] of ['a-walk', 'b-walk', 'c-walk'].entries()) {
      const one = (await new Client(app).request('GET', `/api/v3/flows/instances/${slug}/`)).json()
      t.equal(one.cache_count, listed[index], 'the list and the flow itself agree')
    }
    return listed
  }
  const start = (slug: string, pk?: number) =>
    app.flows.planner.plan({ flow: slug, user: pk === undefined ? null : versioned(pk) })
  t.strictSame(await counts(), [0, 0, 0])
  await new Client(app).get('a-walk')
  await new Client(app).get('a-walk')
  t.strictSame(await counts(), [1, 0, 0], 'one plan serves both')
  await start('b-walk', 1)
  await start('b-walk', 2)
  t.strictSame(await counts(), [1, 2, 0])
  await start('c-walk')
  t.strictSame(await counts(), [0, 2, 1], 'the cache is full: the plan used longest ago has gone')
  await start('b-walk', 1)
  await start('b-walk', 1)
  t.strictSame(await counts(), [0, 2, 1], 'plans from the cache are not counted again')
  app.flows.replaceDefinitions(cached)
  t.strictSame(await counts(), [0, 0, 0])
})

t.test('flows: unknown and impossible slugs are not found, and nobody sees what they may not', async (t) => {
  const app = await buildApp(t, { definitions: flows, planner: { canInspect: (_request, flow) => flow.slug === 'a-walk' } })
  const client = new Client(app)
  for (const part of ['instances', 'inspector', 'executor']) {
    for (const slug of ['nothing', 'a%20b', 'x'.repeat(51)]) {
      const response = await client.request('GET', `/api/v3/flows/${part}/${slug}/`)
      t.equal(response.statusCode, 404, `${part} ${slug}`)
      t.ok('detail' in response.json())
    }
  }
  t.equal((await client.request('GET', '/api/v3/flows/instances/')).json().pagination.count, 1)
  const refused = ['', 'export/', 'diagram/', 'execute/'].map((what) => `instances/b-walk/${what}`)
  for (const url of [...refused, 'inspector/b-walk/']) {
    const response = await client.request('GET', `/api/v3/flows/${url}`)
    t.equal(response.statusCode, 403, url)
    t.match(response.json(), { detail: String, code: 'FST_FLOW_FORBIDDEN' })
  }
})

t.test('execute: starts the flow and gives its link; cancel ends it and keeps its history', async (t) => {
  const client = new Client(await buildApp(t, { definitions: flows }))
  const started = await client.request('GET', '/api/v3/flows/instances/b-walk/execute/')
  t.match(started.json().link, /^http:\/\/localhost(:80)?\/if\/flow\/b-walk\/$/)
  await client.post('b-walk', { component: 'ak-stage-dummy' })
  t.equal((await client.inspect('b-walk')).json().is_completed, false)
  const elsewhere = await client.request('GET', '/flows/-/cancel/', undefined, { 'sec-fetch-site': 'cross-site' })
  t.equal(elsewhere.statusCode, 403)
  const cancelled = await client.request('GET', '/flows/-/cancel/?next=%2Fthere')
  t.equal(cancelled.headers.location, '/there')
  t.equal((await client.request('GET', '/flows/-/cancel/?next=%2F%2Fevil')).headers.location, '/')
  const inspected = (await client.inspect('b-walk')).json()
  t.equal(inspected.is_completed, true)
  t.equal(inspected.plans.length, 1)
  t.match((await client.get('b-walk')).json(), { name: 'b-walk one' }, 'a new run')
})

t.test('execute: neither another site nor a HEAD takes a run away', async (t) => {
  const client = new Client(await buildApp(t, { definitions: flows }))
  await client.get('b-walk')
  await client.post('b-walk', { component: 'ak-stage-dummy' })
  for (const path of ['/api/v3/flows/instances/b-walk/execute/', '/api/v3/flows/instances/b-walk/execute']) {
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { origin: 'https://evil.example' }]) {
      const refused = await client.request('GET', path, undefined, headers)
      t.equal(refused.statusCode, 403)
      t.match(refused.json(), { detail: 'The request comes from another site', code: 'FST_FLOW_CROSS_SITE' })
    }
    t.equal((await client.request('HEAD', path)).statusCode, 404)
  }
  t.match((await client.get('b-walk')).json(), { name: 'b-walk two' }, 'the run is where it was')
  const own = await client.request('GET', '/api/v3/flows/instances/b-walk/execute/', undefined, { 'sec-fetch-site': 'same-origin' })
  t.equal(own.statusCode, 200)
  t.match((await client.get('b-walk')).json(), { name: 'b-walk one' })
})

t.test('HEAD: changes nothing, whatever the route', async (t) => {
  const client = new Client(await buildApp(t, { definitions: flows }))
  for (const path of ['/api/v3/flows/executor/b-walk/', '/flows/-/cancel/', '/api/v3/flows/inspector/b-walk/events/']) {
    const response = await client.request('HEAD', path)
    t.equal(response.statusCode, 404, path)
    t.strictSame(response.cookies, [], path)
  }
})

t.test('inspector: reads only', async (t) => {
  const client = new Client(await buildApp(t, { definitions: flows, session: { rolling: true, saveUninitialized: true } }))
  const none = await client.inspect('a-walk')
  t.equal(none.statusCode, 400)
  t.strictSame(none.json(), { detail: 'No flow plan in session.' })
  t.notOk('set-cookie' in none.headers)
  await client.get('a-walk')
  for (const url of ['/api/v3/flows/inspector/a-walk/', '/api/v3/flows/inspector/a-walk']) {
    const response = await client.request('GET', url)
    t.equal(response.statusCode, 200)
    t.equal(response.headers['cache-control'], 'no-store')
    t.notOk('set-cookie' in response.headers)
  }
})

t.test('inspector: without a say of the host only superusers may', async (t) => {
  const canInspect = ({ flowUser }: FastifyRequest) => flowUser?.isSuperuser === true
  const app = await buildApp(t, { definitions: signInAndOut, planner: { canInspect } })
  const client = new Client(app)
  await client.get('sign-in')
  t.equal((await client.inspect('sign-in')).statusCode, 403)
  await client.post('sign-in', { component: 'ak-stage-identification', uid_field: 'admin' })
  await client.post('sign-in', { component: 'ak-stage-password', password: PASSWORD })
  t.equal((await client.inspect('sign-in')).statusCode, 200)
})

t.test('a flow that begins by acting does not act for another site', async (t) => {
  const stages = [stage('user_logout', 'away')]
  const away = defineFlow({ slug: 'away', name: 'Away', title: 'Away', designation: 'invalidation', stages })
  const client = new Client(await buildApp(t, { definitions: define(away) }))
  const url = '/api/v3/flows/executor/away/'
  t.equal((await client.request('GET', url, undefined, { 'sec-fetch-site': 'cross-site' })).statusCode, 403)
  t.equal((await client.request('GET', url, undefined, { origin: 'https://evil.example' })).statusCode, 403)
  t.match((await client.request('GET', url, undefined, { 'sec-fetch-site': 'same-origin' })).json(), { component: 'xak-flow-redirect' })
})
