import type { FastifyPluginAsync } from 'fastify'
import { Type } from '@sinclair/typebox'
import { ErrorBodySchema, InspectionSchema } from '../lib/inspector/inspection-schema.js'
import { inspectableFlow, type InspectionAccess } from './inspection-access.js'
import { leaveSessionAlone } from './session-data.js'
import { slugRoutes, type SlugRequest } from './slug-routes.js'

const baseSchema = {
  operationId: 'flows_inspector_get',
  description: 'The recorded plans of the run of a flow in this session',
  tags: ['flows'],
  params: Type.Object({ flow_slug: Type.String() }),
  response: {
    200: InspectionSchema,
    400: { description: 'No flow plan in session.', type: 'null' },
    403: ErrorBodySchema
  }
}

export interface InspectorRouteOptions extends InspectionAccess {
  /** The security scheme that the OpenAPI document names for the operation. */
  readonly securityScheme?: string | undefined
}

/** The published operation (CONTRACT.md section 2). It reads only: no session is written and no cookie set. */
export const inspectorRoutes: FastifyPluginAsync<InspectorRouteOptions> = async (app, access) => {
  const { engine, securityScheme } = access
  const schema = securityScheme === undefined ? baseSchema : { ...baseSchema, security: [{ [securityScheme]: [] }] }
  const path = '/flows/inspector/:flow_slug'
  slugRoutes(app, 'GET', path, schema, (url, options) => app.get<SlugRequest>(url, options, async (request, reply) => {
    const slug = request.params.flow_slug
    await inspectableFlow(access, request, slug)
    const { key } = engine.browserOf(request, slug)
    const found = await engine.executor.find(slug, key)
    leaveSessionAlone(request)
    reply.type('application/json; charset=utf-8')
    const run = found.kind === 'none' || found.kind === 'expired' ? undefined : found.run
    const flow = run === undefined ? undefined : engine.registry.flowAsOf(slug, run.state.definition)
    const body = run === undefined || flow === undefined ? undefined : engine.inspector.inspect(flow, run.state, key)
    // A text is sent as it is: the route's schema documents the body, and every frame was validated when it was recorded.
    return body === undefined
      ? await reply.code(400).send(JSON.stringify({ detail: 'No flow plan in session.' }))
      : await reply.send(body)
  }))
}
