/// <reference types="@fastify/session" preserve="true" />
import type { FastifyError, FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { StoreUnavailableError } from '../lib/errors.js'
import { checkRedirect } from '../lib/redirect/own-path.js'
import { backgroundUrl } from '../lib/inspector/flow-urls.js'
import type { User } from '../lib/model/user.js'
import { traceFlows } from '../lib/telemetry/tracing.js'
import { keepOutOfCaches, takeJsonOnly } from './border.js'
import { cancelRoute, executorRoutes } from './executor-routes.js'
import { eventsRoute } from './events-route.js'
import { explainRoute } from './explain-route.js'
import { exportRunRoute } from './export-run-route.js'
import { FlowEngine } from './flow-engine.js'
import { Gathering } from './gathering.js'
import { inspectorRoutes } from './inspector-routes.js'
import { instanceRoutes } from './instance-routes.js'
import { Onlookers } from './onlookers.js'
import { requireOptions, type FlowPlannerOptions } from './options.js'
import { flowPages, type FlowPagesOptions } from './pages/pages.js'
import { Dictionary } from './pages/texts/dictionary.js'
import { pictureRoute } from './picture-route.js'
import { requireSignIn, type RequireSignIn } from './require-sign-in.js'
import { checkByTypeBox } from './route-schemas.js'
import { simulateRoute } from './simulate-route.js'
import { nothingElseBelow } from './slug-routes.js'
import { isSignedIn, leaveSessionAlone } from './session-data.js'
import { warnOfSetup } from './setup-warnings.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** The flow engine: its registry, planner and executor, and what starts a flow from the app's own route. */
    flows: FlowEngine
    /** A preHandler that sends whoever is not signed in into the sign-in flow, and back afterwards. */
    requireSignIn: RequireSignIn
  }
  interface FastifyRequest {
    /** Who is signed in; null for anybody else. */
    flowUser: User | null
  }
}

/** The same request may be sent again: what was done is not done twice. */
function sendUnavailable ({ code, statusCode = 503, headers }: StoreUnavailableError, reply: FastifyReply): void {
  reply.code(statusCode).header('cache-control', 'no-store').headers(headers)
    .send({ detail: 'This is not possible at the moment. Try again.', code })
}

/** Errors of the API as its clients know them: `detail`, and a code. What is the server's own fault is not told. */
function sendError (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const status = error.statusCode ?? 500
  leaveSessionAlone(request)
  if (status >= 500) request.log.error({ err: error }, 'flow request failed')
  if (error instanceof StoreUnavailableError) {
    sendUnavailable(error, reply)
    return
  }
  if (status === 503) reply.header('retry-after', 1)
  reply.code(status).header('cache-control', 'no-store').send(status >= 500 && status !== 503
    ? { detail: 'The server could not do this.', code: 'error', request_id: String(request.id) }
    : { detail: error.message, code: error.code })
}

async function flowPlanner (app: FastifyInstance, options: FlowPlannerOptions): Promise<void> {
  requireOptions(options, app.prefix)
  const onlookers = new Onlookers()
  const engine = new FlowEngine(options, app.log, (key) => onlookers.dismiss(key))
  app.decorate('flows', engine)
  app.decorate('requireSignIn', requireSignIn)
  app.decorateRequest('flowUser', null)
  app.decorateRequest('repliedCallbacks', undefined)
  const watchSetup = await warnOfSetup(app, options)
  app.addHook('onRequest', (request, _reply, done) => {
    watchSetup(request)
    if (!isSignedIn(request)) {
      done()
      return
    }
    engine.userOf(request).then((user) => {
      request.flowUser = user
      done()
    }, done)
  })
  // Our own store hashes passwords meanwhile; one of the app's may not be connected yet.
  const ready = options.users === undefined ? engine.ready() : undefined
  ready?.catch(() => {})
  app.addHook('onReady', async () => await (ready ?? engine.ready()))
  let stopTracing = (): void => {}
  app.addHook('onReady', async () => { if (options.tracing !== false) stopTracing = await traceFlows() })
  app.addHook('onClose', async () => stopTracing())

  const dictionary = new Dictionary(options)
  const gathering = new Gathering()
  const { canInspect = isSuperuser, canSimulate = isSuperuser } = options
  await app.register(async (api) => {
    api.setErrorHandler(sendError)
    checkByTypeBox(api)
    takeJsonOnly(api, options.bodyLimit ?? 262_144)
    keepOutOfCaches(api)
    await api.register(executorRoutes, { engine, gathering })
    await api.register(inspectorRoutes, { engine, gathering, canInspect, securityScheme: options.securityScheme })
    await api.register(explainRoute, { engine, canInspect })
    await api.register(exportRunRoute, { engine, canInspect })
    await api.register(simulateRoute, { engine, canInspect: canSimulate })
    await api.register(eventsRoute, { engine, canInspect, onlookers })
    await api.register(pictureRoute, { engine, canInspect, dictionary })
    await api.register(instanceRoutes, { engine, canInspect })
    for (const path of ['executor', 'inspector', 'instances']) nothingElseBelow(api, `/flows/${path}`)
  }, { prefix: engine.apiPrefix })
  await app.register(async (pages) => {
    pages.setErrorHandler(sendError)
    keepOutOfCaches(pages)
    await pages.register(cancelRoute, { engine, redirect: (next: unknown) => afterCancel(engine, options, next) })
  })
  if (options.pages !== false) await app.register(flowPages, pageOptions(engine, dictionary, options))
}

function isSuperuser ({ flowUser }: FastifyRequest): boolean {
  return flowUser?.isSuperuser === true
}

/** Where a cancelled flow leads: to `next`, else to the sign-in page, else to the default. */
function afterCancel (engine: FlowEngine, options: FlowPlannerOptions, next: unknown): string {
  const target = typeof next === 'string' ? checkRedirect(next) : undefined
  const fallback = options.defaultRedirect ?? '/'
  return headerText(target ?? engine.signInPage(fallback) ?? fallback)
}

/** A path as a header can hold it: what is not ASCII is percent-encoded, as a browser does it. */
function headerText (path: string): string {
  return path.replaceAll(/[^\x21-\x7e]+/gu, encodeURIComponent)
}

function pageOptions (engine: FlowEngine, dictionary: Dictionary, { brand }: FlowPlannerOptions): FlowPagesOptions {
  return {
    apiPrefix: engine.apiPrefix,
    findFlow: (slug) => {
      const flow = engine.registry.flow(slug)?.flow
      return flow === undefined ? undefined : { ...flow, background: backgroundUrl(flow) }
    },
    dictionary,
    ...brand === undefined ? {} : { brand }
  }
}

const plugin: FastifyPluginAsync<FlowPlannerOptions> = flowPlanner

export default fp(plugin, { fastify: '5.x', name: 'fastify-flow-planner', dependencies: ['@fastify/session'] })
