import cookie from '@fastify/cookie'
import session from '@fastify/session'
import Fastify from 'fastify'
import t from 'tap'
import flowPlanner, { define } from '../../plugins/index.js'
import { buildApp } from '../app.js'
import { dummies } from '../flows.js'

const definitions = define(dummies('walk', 'one'))

t.test('route schemas: a query is read as its schema says, and refused with the field and what is right', async (t) => {
  const app = await buildApp(t, { definitions })
  const list = async (query: string) => await app.inject(`/api/v3/flows/instances/?${query}`)
  t.equal((await list('page=1&page_size=100&unknown=1')).statusCode, 200)
  const refused = [
    ['page=0', 'page'], ['page=x', 'page'], ['page=1.5', 'page'], ['page=', 'page'], ['page=true', 'page'], ['page=1&page=2', 'page'],
    [`page=${'9'.repeat(400)}`, 'page'], ['page_size=101', 'page_size'], [`search=${'s'.repeat(201)}`, 'search'], ['search=a&search=b', 'search']
  ] as const
  for (const [query, field] of refused) {
    const answer = await list(query)
    t.equal(answer.statusCode, 400, query.slice(0, 20))
    t.match(answer.json(), { code: 'FST_ERR_VALIDATION', detail: new RegExp(`^querystring: field '${field}': expected `) })
  }
  t.equal((await app.inject(`/api/v3/flows/executor/walk/?query=${'q'.repeat(8193)}`)).statusCode, 400)
})

t.test("route schemas: how the app has its own routes' schemas checked is the app's affair", async (t) => {
  const app = await buildApp(t, { definitions, server: { ajv: { customOptions: { coerceTypes: false, useDefaults: false } } } })
  t.match((await app.inject('/api/v3/flows/instances/?page_size=1')).json(), { pagination: { current: 1, count: 1 } })
})

t.test('route schemas: one of another sort that the app adds to all routes fails the start, and says where', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.addHook('onRoute', (route) => { route.schema = { ...route.schema, headers: { type: 'object', properties: { a: { type: 'string' } } } } })
  await app.register(cookie)
  await app.register(session, { secret: 'a secret of at least thirty-two characters' })
  app.register(flowPlanner, { definitions, pages: false })
  await t.rejects(async () => await app.ready(), { code: 'FST_ERR_SCH_VALIDATION_BUILD', message: /for the headers of \/api\/v3\/flows\/.* TypeBox only/ })
})
