import { PassThrough } from 'node:stream'
import type { FastifyPluginAsync } from 'fastify'
import type { Executor } from '../lib/executor/executor.js'
import { inspectableFlow, type InspectionAccess } from './inspection-access.js'
import type { Onlookers } from './onlookers.js'
import { leaveSessionAlone } from './session-data.js'
import { slugRoutes, type SlugRequest } from './slug-routes.js'

export interface EventsRouteOptions extends InspectionAccess {
  readonly onlookers: Onlookers
}

/** Milliseconds between signs of life, without which proxies take a connection for dead. */
const HEARTBEAT = 15_000

/** An event that says that the run may have moved; what it is like now is asked for by itself. */
const MOVED = 'event: run\ndata:\n\n'

const schema = {
  operationId: 'flows_inspector_events_retrieve',
  summary: 'Watch the run of a flow in this session, by server-sent events',
  tags: ['flows']
}

/**
 * Writes an event whenever the run of a flow in a session may have moved, and ends the stream once the run has ended: it may have
 * gone on under another key of the session, in this process or another, and who connects again sees it there.
 */
function followRun (stream: PassThrough, executor: Executor, slug: string, key: string): void {
  const tell = async (): Promise<void> => {
    if (!stream.writable) return
    stream.write(MOVED)
    const { kind } = await executor.find(slug, key)
    if (kind !== 'live') stream.end()
  }
  // A store that is away says nothing of the run: the next sign of life asks again.
  const told = (): void => { tell().catch(() => {}) }
  const unwatch = executor.watch(slug, key, told)
  const heartbeat = setInterval(told, HEARTBEAT)
  stream.once('close', () => {
    clearInterval(heartbeat)
    unwatch()
  })
}

/** Tells whoever may inspect a run when it moves. A stream ends with the run or the session's key; a browser connects again. */
export const eventsRoute: FastifyPluginAsync<EventsRouteOptions> = async (app, access) => {
  const { engine: { executor }, engine, onlookers } = access
  // Before the server waits for its connections to end.
  app.addHook('preClose', async () => onlookers.close())

  slugRoutes(app, 'GET', '/flows/inspector/:flow_slug/events', schema, (url, options) =>
    app.get<SlugRequest>(url, { ...options, exposeHeadRoute: false }, async (request, reply) => {
      const slug = request.params.flow_slug
      await inspectableFlow(access, request, slug)
      const { key } = engine.browserOf(request, slug)
      const found = await executor.find(slug, key)
      leaveSessionAlone(request)
      reply.headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
      if (found.kind === 'none') return await reply.code(400).send({ detail: 'No flow plan in session.' })
      const stream = new PassThrough()
      const remove = onlookers.add(key, () => { if (stream.writable) stream.end(MOVED) })
      if (remove === undefined) return await reply.code(503).header('retry-after', 30).send({ detail: 'Too many look on.', code: 'too_many' })
      stream.once('close', remove)
      followRun(stream, executor, slug, key)
      stream.write('retry: 500\n\n')
      return await reply.type('text/event-stream').send(stream)
    }))
}
