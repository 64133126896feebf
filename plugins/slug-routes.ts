import type {
  FastifyInstance, FastifyReply, FastifyRequest, FastifySchema, HookHandlerDoneFunction, HTTPMethods, RouteGenericInterface,
  RouteShorthandOptions
} from 'fastify'
import { SLUG_MAX_LENGTH, SLUG_PATTERN } from '../lib/model/flow.js'
import { NotFoundError } from './errors.js'

/** A request whose path names a flow. */
export interface SlugRequest extends RouteGenericInterface {
  Params: { flow_slug: string }
}

/** A route's schema with what an OpenAPI document says of the operation. */
export interface DocumentedSchema extends FastifySchema {
  hide?: boolean
  tags?: string[]
  operationId?: string
  summary?: string
  description?: string
}

const slugPattern = new RegExp(SLUG_PATTERN)

/**
 * Registers a route with and without the slash at the end; only the one with it is documented. A slug that cannot be one
 * is not found.
 */
export function slugRoutes (
  app: FastifyInstance, method: HTTPMethods, path: string, schema: DocumentedSchema,
  register: (url: string, options: RouteShorthandOptions) => void
): void {
  register(`${path}/`, { schema, preHandler: requireSlug })
  // With ignoreTrailingSlash the first route is this one already.
  if (app.hasRoute({ method, url: `${app.prefix}${path}` })) return
  const { operationId: _documented, ...rest } = schema
  const undocumented: DocumentedSchema = { ...rest, hide: true }
  register(path, { schema: undocumented, preHandler: requireSlug })
}

/**
 * Answers below a path what no route is for, which is how a slug arrives that is longer than the router lets a parameter be: it
 * would answer with a 414 of its own.
 */
export function nothingElseBelow (app: FastifyInstance, path: string): void {
  const schema: DocumentedSchema = { hide: true }
  app.route({ method: ['GET', 'POST'], url: `${path}/*`, schema, handler: async () => { throw new NotFoundError() } })
}

function requireSlug ({ params }: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction): void {
  done(isSlugMissing(params) ? new NotFoundError() : undefined)
}

/** Whether the path of a route that names a flow does not. */
function isSlugMissing (params: unknown): boolean {
  if (typeof params !== 'object' || params === null || !('flow_slug' in params)) return false
  const slug = params.flow_slug
  return typeof slug !== 'string' || slug.length > SLUG_MAX_LENGTH || !slugPattern.test(slug)
}
