import cookie from '@fastify/cookie'
import session from '@fastify/session'
import { Type } from '@sinclair/typebox'
import Fastify, { type FastifySchema } from 'fastify'
import t, { type Test } from 'tap'
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

/** An app that adds a schema to every route. */
async function appThatAdds (t: Test, added: FastifySchema) {
  const app = Fastify()
  t.teardown(() => app.close())
  app.addHook('onRoute', (route) => { route.schema = { ...route.schema, ...added } })
  await app.register(cookie)
  await app.register(session, { secret: 'a secret of at least thirty-two characters' })
  app.register(flowPlanner, { definitions, pages: false })
  return app
}

t.test('route schemas: one of another sort that the app adds to all routes fails the start, and says where', async (t) => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } }
  for (const part of ['headers', 'params', 'querystring']) {
    const app = await appThatAdds(t, { [part]: schema })
    const message = new RegExp(`for the ${part} of /api/v3/flows/.* TypeBox only`)
    await t.rejects(async () => await app.ready(), { code: 'FST_ERR_SCH_VALIDATION_BUILD', message })
  }
  const app = await appThatAdds(t, { response: { 200: schema } })
  const message = /for the response of \/api\/v3\/flows\/.* TypeBox only/
  await t.rejects(async () => await app.ready(), { code: 'FST_ERR_SCH_SERIALIZATION_BUILD', message })
})

t.test('route schemas: one of TypeBox that the app adds is gone by, of a response it says only what there is', async (t) => {
  const app = await appThatAdds(t, {
    params: Type.Object({ flow_slug: Type.Optional(Type.String({ maxLength: 3 })) }),
    response: { 404: Type.Object({ detail: Type.String() }) }
  })
  t.equal((await app.inject('/api/v3/flows/executor/walk/')).statusCode, 400)
  t.strictSame((await app.inject('/api/v3/flows/executor/wal/')).json(), { detail: "No flow 'wal'", code: 'FST_FLOW_NOT_FOUND' })
})

t.test('route schemas: what is no object is none where nothing of the object is required', async (t) => {
  const app = await appThatAdds(t, { body: Type.Object({ note: Type.Optional(Type.String()) }) })
  const post = async (payload: string) =>
    await app.inject({ method: 'POST', url: '/api/v3/flows/executor/walk/', headers: { 'content-type': 'application/json' }, payload })
  for (const payload of ['7', 'null', '[]', 'true', '""']) {
    const answer = await post(payload)
    t.equal(answer.statusCode, 400, payload)
    t.equal(answer.json().code, 'FST_ERR_VALIDATION', payload)
  }
  t.equal((await post('{}')).statusCode, 200)
})
