import type { FastifyPluginAsync } from 'fastify'
import { explanationBody, ExplanationBodySchema } from '../lib/explain/explanation-body.js'
import { ErrorBodySchema } from '../lib/inspector/inspection-schema.js'
import { inspectableFlow, type InspectionAccess } from './inspection-access.js'
import { leaveSessionAlone } from './session-data.js'
import { slugRoutes, type SlugRequest } from './slug-routes.js'

const schema = {
  operationId: 'flows_inspector_explain_retrieve',
  description: 'Why the run of a flow in this session is where it is',
  tags: ['flows'],
  response: { 200: ExplanationBodySchema, 400: ErrorBodySchema, 403: ErrorBodySchema, 404: ErrorBodySchema }
}

/** Explains the session's run of a flow to whoever may inspect it. It reads only, as the inspector does. */
export const explainRoute: FastifyPluginAsync<InspectionAccess> = async (app, access) => {
  slugRoutes(app, 'GET', '/flows/inspector/:flow_slug/explain', schema, (url, options) =>
    app.get<SlugRequest>(url, options, async (request, reply) => {
      const slug = request.params.flow_slug
      await inspectableFlow(access, request, slug)
      const explanation = await access.engine.explain(request, slug)
      leaveSessionAlone(request)
      reply.header('cache-control', 'no-store')
      return explanation === undefined
        ? await reply.code(400).send({ detail: 'No flow plan in session.' })
        : await reply.send(explanationBody(explanation))
    }))
}
