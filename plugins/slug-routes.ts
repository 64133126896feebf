import type { FastifyInstance, FastifySchema, HTTPMethods, RouteGenericInterface, RouteShorthandOptions } from 'fastify'
import { Type } from '@sinclair/typebox'
import { NotFoundError } from './errors.js'

/** A request whose path names a flow. */
export interface SlugRequest extends RouteGenericInterface {
  Params: { flow_slug: string }
}

/** The parameters of such a route. */
export const slugParams = Type.Object({ flow_slug: Type.String() })

/** A route's schema with what an OpenAPI document says of the operation. */
export interface DocumentedSchema extends FastifySchema {
  hide?: boolean
  tags?: string[]
  operationId?: string
  summary?: string
  description?: string
}

/**
 * Registers a route with and without the slash at the end; only the one with it is documented. Nobody looks at the slug's form:
 * no flow is defined with one of another, so that it is not found.
 */
export function slugRoutes (
  app: FastifyInstance, method: HTTPMethods, path: string, schema: DocumentedSchema,
  register: (url: string, options: RouteShorthandOptions) => void
): void {
  register(`${path}/`, { schema })
  // With ignoreTrailingSlash the first route is this one already.
  if (app.hasRoute({ method, url: `${app.prefix}${path}` })) return
  const { operationId: _documented, ...rest } = schema
  const undocumented: DocumentedSchema = { ...rest, hide: true }
  register(path, { schema: undocumented })
}

/**
 * Answers below a path what no route is for, which is how a slug arrives that is longer than the router lets a parameter be: it
 * would answer with a 414 of its own.
 */
export function nothingElseBelow (app: FastifyInstance, path: string): void {
  const schema: DocumentedSchema = { hide: true }
  app.route({ method: ['GET', 'POST'], url: `${path}/*`, schema, handler: async () => { throw new NotFoundError() } })
}
