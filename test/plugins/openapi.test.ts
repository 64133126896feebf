import { existsSync, readFileSync } from 'node:fs'
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import swagger from '@fastify/swagger'
import Fastify from 'fastify'
import t from 'tap'
import flowPlanner, { define } from '../../plugins/index.js'
import { dummies } from '../flows.js'

/** A schema without the sentences in it, and with the one departure made in the published one. */
function bare (value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
    .filter(([key, member]) => !(key === 'description' && typeof member === 'string'))
    .map(([key, member]): [string, unknown] => key === 'required' && Array.isArray(member)
      ? [key, member.filter((name) => name !== 'next_planned_stage').toSorted()]
      : [key, bare(member)])
  return Object.fromEntries(entries)
}

t.test('the inspector operation is the published one, but for the departure', async (t) => {
  const published = new URL('../../../shared/contract/flows-inspector-get.json', import.meta.url)
  if (!existsSync(published)) {
    t.comment('not run: the published operation is not here')
    return
  }
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(swagger, {
    openapi: {
      openapi: '3.0.3',
      info: { title: 'test', version: '1' },
      components: { securitySchemes: { authentik: { type: 'http', scheme: 'bearer' } } }
    }
  })
  await app.register(cookie)
  await app.register(session, { secret: 'a secret of at least thirty-two characters' })
  await app.register(flowPlanner, { definitions: define(dummies('walk', 'one')), pages: false, securityScheme: 'authentik' })
  await app.ready()
  const document: unknown = JSON.parse(JSON.stringify(app.swagger()))
  t.match(document, { paths: { '/api/v3/flows/inspector/{flow_slug}/': { get: { operationId: 'flows_inspector_get' } } } })
  const ours = Object(document).paths['/api/v3/flows/inspector/{flow_slug}/'].get
  const wanted = JSON.parse(readFileSync(published, 'utf8'))
  for (const part of ['operationId', 'parameters', 'tags', 'security', 'responses']) {
    t.strictSame(bare(ours[part]), bare(wanted[part]), part)
  }
})

t.test('the document has the operations of the API only, and says what may be left out of a list', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(swagger, { openapi: { openapi: '3.0.3', info: { title: 'test', version: '1' } } })
  await app.register(cookie)
  await app.register(session, { secret: 'a secret of at least thirty-two characters' })
  await app.register(flowPlanner, { definitions: define(dummies('walk', 'one')) })
  await app.ready()
  const { paths } = JSON.parse(JSON.stringify(app.swagger()))
  const others = Object.keys(paths).filter((path) => !/^\/api\/v3\/flows\/.*\/$/.test(path))
  t.strictSame(others, [])
  t.match(paths['/api/v3/flows/instances/'].get.parameters, [
    { name: 'page', required: false, schema: { type: 'integer', minimum: 1, default: 1 } },
    { name: 'page_size', required: false, schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 } }
  ])
})
