import type { FastifyPluginAsync } from 'fastify'
import { inspectableFlow, type InspectionAccess } from './inspection-access.js'
import { leaveSessionAlone } from './session-data.js'
import { slugRoutes, type SlugRequest } from './slug-routes.js'

const schema = {
  operationId: 'flows_inspector_export_run_retrieve',
  description: 'The run of a flow in this session as a recording that can be replayed',
  tags: ['flows']
}

/** Exports the session's run of a flow to whoever may inspect it, where runs are recorded. */
export const exportRunRoute: FastifyPluginAsync<InspectionAccess> = async (app, access) => {
  slugRoutes(app, 'GET', '/flows/inspector/:flow_slug/export-run', schema, (url, options) =>
    app.get<SlugRequest>(url, options, async (request, reply) => {
      const slug = request.params.flow_slug
      await inspectableFlow(access, request, slug)
      const recording = await access.engine.exportRun(request, slug)
      leaveSessionAlone(request)
      reply.header('cache-control', 'no-store')
      if (recording === undefined) return await reply.code(400).send({ detail: 'There is no recorded run of this flow in the session.' })
      return await reply.header('content-disposition', `attachment; filename="${slug}.run.json"`).send(recording)
    }))
}
