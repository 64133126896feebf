import type { FastifyPluginAsync } from 'fastify'
import { ErrorBodySchema } from '../lib/inspector/inspection-schema.js'
import { readSimulation, SimulationInputSchema } from '../lib/simulate/simulation-input.js'
import { SimulationBodySchema, simulationBody } from '../lib/simulate/simulation-body.js'
import { inspectableFlow, type InspectionAccess } from './inspection-access.js'
import { factsOf, requireOwnPage } from './request-facts.js'
import { leaveSessionAlone } from './session-data.js'
import { slugRoutes, type SlugRequest } from './slug-routes.js'

const schema = {
  operationId: 'flows_inspector_simulate_create',
  description: 'What would happen if …: plans a flow and walks it, and changes nothing',
  tags: ['flows'],
  body: SimulationInputSchema,
  response: { 200: SimulationBodySchema, 400: ErrorBodySchema, 403: ErrorBodySchema, 404: ErrorBodySchema }
}

/** Simulates a flow for whoever may do so (`canInspect` is here the option `canSimulate`). */
export const simulateRoute: FastifyPluginAsync<InspectionAccess> = async (app, access) => {
  const { engine } = access
  // The body is checked by `readSimulation`, which refuses what it does not know and says what would be right.
  app.setValidatorCompiler(() => (body: unknown) => ({ value: body }))
  slugRoutes(app, 'POST', '/flows/inspector/:flow_slug/simulate', schema, (url, options) =>
    app.post<SlugRequest>(url, options, async (request, reply) => {
      const slug = request.params.flow_slug
      requireOwnPage(request)
      await inspectableFlow(access, request, slug)
      // What policies see is what is asked for: never the asking person's own cookies.
      const http = { ...factsOf(request), method: 'GET', path: `${engine.apiPrefix}/flows/executor/${slug}/`, headers: {} }
      const asked = await readSimulation(engine.services.users, slug, request.body ?? {}, http)
      const simulation = await engine.simulate(asked)
      leaveSessionAlone(request)
      return await reply.header('cache-control', 'no-store').send(simulationBody(simulation))
    }))
}
