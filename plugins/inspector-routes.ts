import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { Type } from '@sinclair/typebox'
import type { FoundRun } from '../lib/executor/found-run.js'
import { ErrorBodySchema, InspectionSchema } from '../lib/inspector/inspection-schema.js'
import type { Gathering } from './gathering.js'
import { inspectableFlow, type InspectionAccess } from './inspection-access.js'
import { leaveSessionAlone } from './session-data.js'
import { slugParams, slugRoutes, type SlugRequest } from './slug-routes.js'

const baseSchema = {
  operationId: 'flows_inspector_get',
  description: 'The recorded plans of the run of a flow in this session',
  tags: ['flows'],
  params: slugParams,
  response: {
    200: InspectionSchema,
    400: Type.Null({ description: 'No flow plan in session.' }),
    403: ErrorBodySchema
  }
}

/** Frames of the longest run that is shown together with others: of longer ones a few fill the processor's caches. */
const GATHERED_FRAMES = 20

export interface InspectorRouteOptions extends InspectionAccess {
  readonly gathering: Gathering
  /** The security scheme that the OpenAPI document names for the operation. */
  readonly securityScheme?: string | undefined
}

/** The published operation (CONTRACT.md section 2). It reads only: no session is written and no cookie set. */
export const inspectorRoutes: FastifyPluginAsync<InspectorRouteOptions> = async (app, access) => {
  const { engine, gathering, securityScheme } = access
  const schema = securityScheme === undefined ? baseSchema : { ...baseSchema, security: [{ [securityScheme]: [] }] }
  const path = '/flows/inspector/:flow_slug'

  /** The body, as text: the route's schema documents it, and every frame was validated when it was recorded. */
  const bodyOf = (reply: FastifyReply, key: string, found: FoundRun): string => {
    reply.type('application/json; charset=utf-8')
    const run = found.kind === 'none' || found.kind === 'expired' ? undefined : found.run
    const flow = run === undefined ? undefined : engine.registry.flowOf(run.state)
    const body = run === undefined || flow === undefined ? undefined : engine.inspector.inspect(flow, run.state, key)
    if (body !== undefined) return body
    reply.code(400)
    return JSON.stringify({ detail: 'No flow plan in session.' })
  }

  slugRoutes(app, 'GET', path, schema, (url, options) => app.get<SlugRequest>(url, options, async (request, reply) => {
    const slug = request.params.flow_slug
    await inspectableFlow(access, request, slug)
    const { key } = engine.browserOf(request, slug)
    const found = await engine.executor.find(slug, key)
    if (frameCount(found) <= GATHERED_FRAMES) await gathering.join()
    leaveSessionAlone(request)
    return bodyOf(reply, key, found)
  }))
}

function frameCount (found: FoundRun): number {
  return found.kind === 'none' ? 0 : found.run.state.frames.length
}
