import type { FastifyPluginAsync } from 'fastify'
import { Type } from '@sinclair/typebox'
import { exportFlow } from '../lib/blueprint/export.js'
import { flowDiagram } from '../lib/diagram/diagram.js'
import { flowDiagramInput } from '../lib/inspector/diagram-input.js'
import { flowView } from '../lib/inspector/flow-view.js'
import { paginated } from '../lib/inspector/pagination.js'
import type { CompiledFlow } from '../lib/registry/compiled-flow.js'
import { inspectableFlow, type InspectionAccess } from './inspection-access.js'
import { requireOwnPage } from './request-facts.js'
import { leaveSessionAlone } from './session-data.js'
import { slugRoutes, type SlugRequest } from './slug-routes.js'

interface ListRequest {
  Querystring: { page: number, page_size: number, search?: string, ordering?: string, designation?: string }
}

const listQuery = Type.Object({
  page: Type.Optional(Type.Integer({ minimum: 1, default: 1 })),
  page_size: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
  search: Type.Optional(Type.String({ maxLength: 200 })),
  ordering: Type.Optional(Type.String({ maxLength: 50 })),
  designation: Type.Optional(Type.String({ maxLength: 50 }))
})

/** What the OpenAPI document says of an operation of these routes. */
const about = (what: string, summary: string) => ({ tags: ['flows'], operationId: `flows_instances_${what}`, summary })

/** What can be asked of the defined flows. Who may inspect a flow may read its definition. */
export const instanceRoutes: FastifyPluginAsync<InspectionAccess> = async (app, access) => {
  const { engine, canInspect } = access
  const view = (flow: CompiledFlow) => flowView(flow, engine.apiPrefix, engine.planner.cache.countOf(flow.flow.pk))
  const path = '/flows/instances/:flow_slug'

  slugRoutes(app, 'GET', '/flows/instances', { ...about('list', 'List the flows'), querystring: listQuery }, (url, options) =>
    app.get<ListRequest>(url, options, async (request, reply) => {
      const seen: CompiledFlow[] = []
      for (const flow of engine.registry.current.flows) {
        if (await canInspect(request, flow.flow)) seen.push(flow)
      }
      leaveSessionAlone(request)
      return await reply.header('cache-control', 'no-store')
        .send(paginated(seen, request.query, view))
    }))

  slugRoutes(app, 'GET', path, about('retrieve', 'Get a flow'), (url, options) =>
    app.get<SlugRequest>(url, options, async (request, reply) => {
      const flow = await inspectableFlow(access, request, request.params.flow_slug)
      leaveSessionAlone(request)
      return await reply.header('cache-control', 'no-store').send(view(flow))
    }))

  slugRoutes(app, 'GET', `${path}/diagram`, about('diagram_retrieve', 'Get a flow as a Mermaid diagram'), (url, options) =>
    app.get<SlugRequest>(url, options, async (request, reply) => {
      const flow = await inspectableFlow(access, request, request.params.flow_slug)
      const diagram = flowDiagram(flowDiagramInput(flow, engine.registry.kinds.policyKinds))
      leaveSessionAlone(request)
      return await reply.header('cache-control', 'no-store').send({ diagram })
    }))

  slugRoutes(app, 'GET', `${path}/export`, about('export_retrieve', 'Export a flow as a blueprint'), (url, options) =>
    app.get<SlugRequest>(url, options, async (request, reply) => {
      const { flow, definitions } = await inspectableFlow(access, request, request.params.flow_slug)
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

  slugRoutes(app, 'GET', `${path}/execute`, about('execute_retrieve', 'Start a flow for the signed-in user'), (url, options) =>
    app.get<SlugRequest>(url, { ...options, exposeHeadRoute: false }, async (request, reply) => {
      // It takes the place of a run that is under way: no other site may ask for that, and nobody who wants the headers only.
      requireOwnPage(request)
      const { flow } = await inspectableFlow(access, request, request.params.flow_slug)
      const context = request.flowUser === null ? {} : { pending_user: request.flowUser }
      const { url, reply: answer } = await engine.start(request, flow.slug, context)
      if (answer.body['component'] === 'ak-stage-access-denied') {
        return await reply.code(400).send({ detail: `Flow not applicable to current user/request: ${String(answer.body['error_message'])}` })
      }
      return await reply.header('cache-control', 'no-store').send({ link: `${request.protocol}://${request.host}${url}` })
    }))
}
