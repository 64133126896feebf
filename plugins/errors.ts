import createError from '@fastify/error'

/** The request has no session: its path is outside the session cookie's, or the session plugin is not there. */
export const NoSessionError = createError<'FST_FLOW_NO_SESSION', 500, []>(
  'FST_FLOW_NO_SESSION', "The request has no session: is its path within the session cookie's 'path'?", 500)

/** The caller may not see this. */
export const ForbiddenError = createError<'FST_FLOW_FORBIDDEN', 403, [what: string]>('FST_FLOW_FORBIDDEN', '%s', 403)

/** Something that the API was asked for is not there. */
export const NotFoundError = createError<'FST_FLOW_NOT_FOUND', 404, []>('FST_FLOW_NOT_FOUND', 'Not found.', 404)

/** The body of a request is nothing that a route could take. */
export const BodyError = createError<'FST_FLOW_BODY', 400, [what: string]>('FST_FLOW_BODY', 'The body %s.', 400)
