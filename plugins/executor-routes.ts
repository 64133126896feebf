import { performance } from 'node:perf_hooks'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from '@sinclair/typebox'
import type { FlowReply, FlowRequest } from '../lib/executor/flow-request.js'
import { STEP_TOKEN } from '../lib/executor/step-token.js'
import { MAX_PAGE_QUERY } from '../lib/flow-page.js'
import { isPromise, type MaybePromise } from '../lib/maybe-promise.js'
import { arrivalOf, isNoted, noteArrival } from './arrival.js'
import type { FlowEngine } from './flow-engine.js'
import type { Gathering } from './gathering.js'
import { replyIsThere } from './replied.js'
import { requireOwnPage } from './request-facts.js'
import { leaveSessionAlone, sessionData } from './session-data.js'
import { Settling } from './settling.js'
import { slugRoutes, type SlugRequest } from './slug-routes.js'

interface ExecutorRequest extends SlugRequest {
  Querystring: { query?: string }
}

interface CancelRequest {
  Querystring: { next?: string, [STEP_TOKEN]?: string }
}

/** What a route asks the executor for; the body is what was sent. */
type ExecutorTask = (request: FlowRequest, body: unknown) => MaybePromise<FlowReply>

const querystring = Type.Object({ query: Type.Optional(Type.String({ maxLength: MAX_PAGE_QUERY, description: "The page's query string" })) })

/** Who only wants the headers does not want anything to happen. */
const NO_HEAD = { exposeHeadRoute: false }

export interface ExecutorRouteOptions {
  readonly engine: FlowEngine
  readonly gathering: Gathering
}

/** The executor's two operations: give the current challenge, and answer it. */
export const executorRoutes: FastifyPluginAsync<ExecutorRouteOptions> = async (app, { engine, gathering }) => {
  const clock = () => performance.now()
  const settling = new Settling(app.server, clock, (request) => noteArrival(request, clock()))
  // What the server has not told of, such as what is injected, has arrived as long ago as Fastify knows of it.
  app.addHook('onRequest', (request, reply, done) => {
    if (!isNoted(request.raw)) noteArrival(request.raw, clock() - reply.elapsedTime)
    done()
  })

  /** Has the executor do something, and gives the body once it may be sent. */
  const executed = async (
    request: FastifyRequest<ExecutorRequest>, reply: FastifyReply, task: ExecutorTask
  ): Promise<FlowReply['body']> => {
    await gathering.join()
    try {
      const flowRequest = engine.requestOf(request, request.params.flow_slug, arrivalOf(request.raw, clock), request.query.query)
      const given = task(flowRequest, request.body)
      const { status, body, retryAfter, settles } = isPromise(given) ? await given : given
      if (!flowRequest.browser.isChanged) leaveSessionAlone(request)
      if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
      reply.code(status)
      if (settles === true) await settling.settled(request.raw.socket)
      return body
    } finally {
      replyIsThere(request, reply)
    }
  }

  const get: ExecutorTask = (request) => engine.executor.get(request)
  const answer: ExecutorTask = (request, body) => engine.executor.answer(request, body ?? {})

  const path = '/flows/executor/:flow_slug'
  const about = (operationId: string, summary: string) => ({ querystring, tags: ['flows'], operationId, summary })

  slugRoutes(app, 'GET', path, about('flows_executor_get', 'Get the current challenge'), (url, options) =>
    app.get<ExecutorRequest>(url, { ...options, ...NO_HEAD }, (request, reply) =>
      executed(request, reply, get)))

  slugRoutes(app, 'POST', path, about('flows_executor_solve', 'Answer the current challenge'), (url, options) =>
    app.post<ExecutorRequest>(url, options, (request, reply) => {
      requireOwnPage(request)
      return executed(request, reply, answer)
    }))
}

/** Flows that one cancellation looks at, of those that the session does not know to have a run. */
const MAX_OTHERS = 100

/** What the session knows of, and other flows: of two tabs that start one at once, the session has kept one only. */
function flowsOf (request: FastifyRequest, { registry }: FlowEngine): string[] {
  const { runs } = sessionData(request)
  const others = [...registry.current.flows].slice(0, MAX_OTHERS).map(({ flow }) => flow.pk)
  return [...new Set([...runs, ...others])]
}

/** Ends the runs of the session, and goes to `next` or to the sign-in page. */
export const cancelRoute: FastifyPluginAsync<{ readonly engine: FlowEngine, readonly redirect: (next: unknown) => string }> =
async (app, { engine, redirect }) => {
  slugRoutes(app, 'GET', '/flows/-/cancel', { hide: true }, (url, options) => app.get<CancelRequest>(url, { ...options, ...NO_HEAD }, async (request, reply) => {
    requireOwnPage(request)
    await engine.executor.cancel(engine.browserOf(request), flowsOf(request, engine), request.query[STEP_TOKEN])
    leaveSessionAlone(request)
    return await reply.header('cache-control', 'no-store').redirect(redirect(request.query.next))
  }))
}
