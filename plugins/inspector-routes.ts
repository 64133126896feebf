import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { Type } from '@sinclair/typebox'
import { FlowNotFoundError } from '../lib/errors.js'
import { ErrorBodySchema, InspectionSchema } from '../lib/inspector/inspection-schema.js'
import { sessionIdOf } from '../lib/inspector/inspector.js'
import type { Flow } from '../lib/model/flow.js'
import { ForbiddenError } from './errors.js'
import type { FlowEngine } from './flow-engine.js'
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

export interface InspectorRouteOptions {
  readonly engine: FlowEngine
  readonly canInspect: (request: FastifyRequest, flow: Flow) => boolean | Promise<boolean>
  /** The security scheme that the OpenAPI document names for the operation. */
  readonly securityScheme?: string | undefined
}

/** The published operation (CONTRACT.md section 2). It reads only: no session is written and no cookie set. */
export const inspectorRoutes: FastifyPluginAsync<InspectorRouteOptions> = async (app, { engine, canInspect, securityScheme }) => {
  const schema = securityScheme === undefined ? baseSchema : { ...baseSchema, security: [{ [securityScheme]: [] }] }
  slugRoutes(app, 'GET', '/flows/inspector/:flow_slug', schema, (url, options) => app.get<SlugRequest>(url, options, async (request, reply) => {
    const slug = request.params.flow_slug
    const flow = engine.registry.flow(slug)
    if (flow === undefined) throw new FlowNotFoundError(slug)
    if (!await canInspect(request, flow.flow)) throw new ForbiddenError('You may not inspect this flow.')
    const { key } = engine.browserOf(request, slug)
    const found = await engine.executor.find(slug, key)
    leaveSessionAlone(request)
    reply.header('cache-control', 'no-store').type('application/json; charset=utf-8')
    const asOf = found.kind === 'none' || found.kind === 'expired'
      ? undefined
      : engine.registry.flowAsOf(slug, found.run.state.definition)
    const body = asOf === undefined || found.kind === 'none' ? undefined : engine.inspector.inspect(asOf, found.run.state, sessionIdOf(key))
    // A text is sent as it is: the route's schema documents the body, and every frame was validated when it was recorded.
    return body === undefined
      ? await reply.code(400).send(JSON.stringify({ detail: 'No flow plan in session.' }))
      : await reply.send(body)
  }))
}
