import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { Type } from '@sinclair/typebox'
import { exportFlow } from '../lib/blueprint/export.js'
import { flowDiagram } from '../lib/diagram/diagram.js'
import { FlowNotFoundError } from '../lib/errors.js'
import { flowDiagramInput } from '../lib/inspector/diagram-input.js'
import { flowView } from '../lib/inspector/flow-view.js'
import { paginated } from '../lib/inspector/pagination.js'
import type { Flow } from '../lib/model/flow.js'
import type { CompiledFlow } from '../lib/registry/compiled-flow.js'
import { ForbiddenError } from './errors.js'
import type { FlowEngine } from './flow-engine.js'
import { leaveSessionAlone } from './session-data.js'
import { slugRoutes, type SlugRequest } from './slug-routes.js'

interface ListRequest {
  Querystring: { page: number, page_size: number, search?: string, ordering?: string, designation?: string }
}

const listQuery = Type.Object({
  page: Type.Integer({ minimum: 1, default: 1 }),
  page_size: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
  search: Type.Optional(Type.String({ maxLength: 200 })),
  ordering: Type.Optional(Type.String({ maxLength: 50 })),
  designation: Type.Optional(Type.String({ maxLength: 50 }))
})

export interface InstanceRouteOptions {
  readonly engine: FlowEngine
  readonly canInspect: (request: FastifyRequest, flow: Flow) => boolean | Promise<boolean>
}

/** What can be asked of the defined flows. Who may inspect a flow may read its definition. */
export const instanceRoutes: FastifyPluginAsync<InstanceRouteOptions> = async (app, { engine, canInspect }) => {
  const { apiPrefix } = engine

  const allowed = async (request: FastifyRequest<SlugRequest>): Promise<CompiledFlow> => {
    const slug = request.params.flow_slug
    const flow = engine.registry.flow(slug)
    if (flow === undefined) throw new FlowNotFoundError(slug)
    if (!await canInspect(request, flow.flow)) throw new ForbiddenError('You may not see the definition of this flow.')
    return flow
  }

  slugRoutes(app, 'GET', '/flows/instances', { querystring: listQuery, tags: ['flows'], operationId: 'flows_instances_list', summary: 'List the flows' }, (url, options) => app.get<ListRequest>(url, options, async (request, reply) => {
    const seen: CompiledFlow[] = []
    for (const flow of engine.registry.current.flows) {
      if (await canInspect(request, flow.flow)) seen.push(flow)
    }
    leaveSessionAlone(request)
    return await reply.header('cache-control', 'no-store')
      .send(paginated(seen, request.query, (flow) => flowView(flow, apiPrefix)))
  }))

  slugRoutes(app, 'GET', '/flows/instances/:flow_slug', { tags: ['flows'], operationId: 'flows_instances_retrieve', summary: 'Get a flow' }, (url, options) => app.get<SlugRequest>(url, options, async (request, reply) => {
    const view = flowView(await allowed(request), apiPrefix)
    leaveSessionAlone(request)
    return await reply.header('cache-control', 'no-store').send(view)
  }))

  slugRoutes(app, 'GET', '/flows/instances/:flow_slug/diagram', { tags: ['flows'], operationId: 'flows_instances_diagram_retrieve', summary: 'Get a flow as a Mermaid diagram' }, (url, options) => app.get<SlugRequest>(url, options, async (request, reply) => {
    const diagram = flowDiagram(flowDiagramInput(await allowed(request), engine.registry.kinds.policyKinds))
    leaveSessionAlone(request)
    return await reply.header('cache-control', 'no-store').send({ diagram })
  }))

  slugRoutes(app, 'GET', '/flows/instances/:flow_slug/export', { tags: ['flows'], operationId: 'flows_instances_export_retrieve', summary: 'Export a flow as a blueprint' }, (url, options) => app.get<SlugRequest>(url, options, async (request, reply) => {
    const { flow, definitions } = await allowed(request)
    const text = exportFlow(flow.slug, definitions.definitions, {
      stageKinds: [...engine.registry.kinds.stageKinds.values()],
      policyKinds: [...engine.registry.kinds.policyKinds.values()],
      now: engine.services.now
    })
    leaveSessionAlone(request)
    return await reply.type('application/x-yaml').headers({
      'cache-control': 'no-store', 'content-disposition': `attachment; filename="${flow.slug}.yaml"`
    }).send(text)
  }))

  slugRoutes(app, 'GET', '/flows/instances/:flow_slug/execute', { tags: ['flows'], operationId: 'flows_instances_execute_retrieve', summary: 'Start a flow for the signed-in user' }, (url, options) => app.get<SlugRequest>(url, options, async (request, reply) => {
    const { flow } = await allowed(request)
    const context = request.flowUser === null ? {} : { pending_user: request.flowUser }
    const { url, reply: answer } = await engine.start(request, flow.slug, context)
    if (answer.body['component'] === 'ak-stage-access-denied') {
      return await reply.code(400).send({ detail: `Flow not applicable to current user/request: ${String(answer.body['error_message'])}` })
    }
    return await reply.header('cache-control', 'no-store').send({ link: `${request.protocol}://${request.host}${url}` })
  }))
}
