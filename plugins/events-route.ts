import { PassThrough } from 'node:stream'
import type { FastifyPluginAsync } from 'fastify'
import { inspectableFlow, type InspectionAccess } from './inspection-access.js'
import type { RunSignals } from './run-signals.js'
import { leaveSessionAlone } from './session-data.js'
import { slugRoutes, type SlugRequest } from './slug-routes.js'

export interface EventsRouteOptions extends InspectionAccess {
  readonly signals: RunSignals
}

/** Milliseconds between signs of life. Each makes the page look again: another process may have moved the run. */
const HEARTBEAT = 15_000

/** An event that says that the run may have moved; what it is like now is asked for by itself. */
const MOVED = 'event: run\ndata:\n\n'

const schema = {
  operationId: 'flows_inspector_events_retrieve',
  summary: 'Watch the run of a flow in this session, by server-sent events',
  tags: ['flows']
}

/** Tells whoever may inspect a run when it moves. A stream ends with the session's key; the browser then connects again. */
export const eventsRoute: FastifyPluginAsync<EventsRouteOptions> = async (app, access) => {
  const { engine, signals } = access
  // Before the server waits for its connections to end.
  app.addHook('preClose', async () => signals.close())

  slugRoutes(app, 'GET', '/flows/inspector/:flow_slug/events', schema, (url, options) =>
    app.get<SlugRequest>(url, { ...options, exposeHeadRoute: false }, async (request, reply) => {
      const slug = request.params.flow_slug
      await inspectableFlow(access, request, slug)
      const { key } = engine.browserOf(request, slug)
      const found = await engine.executor.find(slug, key)
      leaveSessionAlone(request)
      reply.headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
      if (found.kind === 'none') return await reply.code(400).send({ detail: 'No flow plan in session.' })
      const stream = new PassThrough()
      const stop = signals.watch(key, { moved: () => stream.write(MOVED), left: () => stream.end(MOVED) })
      if (stop === undefined) return await reply.code(503).header('retry-after', 30).send({ detail: 'Too many look on.', code: 'too_many' })
      const heartbeat = setInterval(() => stream.write(MOVED), HEARTBEAT)
      stream.once('close', () => {
        clearInterval(heartbeat)
        stop()
      })
      stream.write('retry: 500\n\n')
      return await reply.type('text/event-stream').send(stream)
    }))
}
