import createError from '@fastify/error'

/**
 * A definition (a flow, a stage, a binding, a policy …) is wrong; the message names the object and the field, and before
 * them file, line and entry where the definition came from a blueprint.
 */
export const DefinitionError = createError<'FST_FLOW_DEFINITION', 500, [where: string, what: string, options?: { cause: unknown }]>(
  'FST_FLOW_DEFINITION', '%s: %s', 500)

/** A blueprint cannot be loaded; the message names file, line and entry. */
export const BlueprintError = createError<'FST_FLOW_BLUEPRINT', 500, [where: string, what: string]>(
  'FST_FLOW_BLUEPRINT', '%s: %s', 500)

/** An option of the plugin or of one of its parts is wrong. */
export const OptionsError = createError<'FST_FLOW_OPTIONS', 500, [what: string]>('FST_FLOW_OPTIONS', '%s', 500, TypeError)

/** There is no flow of this slug. */
export const FlowNotFoundError = createError<'FST_FLOW_NOT_FOUND', 404, [slug: string]>(
  'FST_FLOW_NOT_FOUND', "No flow '%s'", 404)

/** A write named a revision that is no longer the run's. */
export const RunConflictError = createError<'FST_FLOW_RUN_CONFLICT', 409, [id: string]>(
  'FST_FLOW_RUN_CONFLICT', "The run '%s' has moved on", 409)

/** Another process has been working on the run for longer than a client should wait; `retry-after` says when to ask again. */
export const RunBusyError = createError<'FST_FLOW_RUN_BUSY', 503, []>(
  'FST_FLOW_RUN_BUSY', 'The run is being worked on. Please try again.', 503)

/** An answer or a cancellation lacks the step token of the challenge on show. */
export const StepTokenError = createError<'FST_FLOW_STEP_TOKEN', 403, []>(
  'FST_FLOW_STEP_TOKEN', 'The request does not come from the page on show. Go back to it and try again.', 403)

/** A value that was sealed cannot be opened: another key, or altered. */
export const SealError = createError<'FST_FLOW_SEAL', 500, []>('FST_FLOW_SEAL', 'A sealed value cannot be opened', 500)

/** A username is taken by another user. */
export const UsernameTakenError = createError<'FST_FLOW_USERNAME_TAKEN', 409, []>(
  'FST_FLOW_USERNAME_TAKEN', 'The username is taken', 409)

/** A user that should be there is not. */
export const UserNotFoundError = createError<'FST_FLOW_USER_NOT_FOUND', 404, [pk: string]>(
  'FST_FLOW_USER_NOT_FOUND', "No user '%s'", 404)

/** A stage was put next, or a redirect asked for, in a way that the plan does not allow. */
export const PlanError = createError<'FST_FLOW_PLAN', 500, [what: string]>('FST_FLOW_PLAN', '%s', 500)

/** An expression could not be evaluated; the message quotes nothing that the expression was evaluated with. */
export const ExpressionError = createError<'FST_FLOW_EXPRESSION', 500, [what: string]>(
  'FST_FLOW_EXPRESSION', 'The expression failed: %s', 500)

/** A recorded change of a context does not fit the context that it is applied to. */
export const ChangeError = createError<'FST_FLOW_CHANGE', 500, [path: string]>(
  'FST_FLOW_CHANGE', "The recorded change at '%s' does not fit the context", 500)

/** A simulation is asked for with something that is not there; the message names it. */
export const SimulationError = createError<'FST_FLOW_SIMULATION', 400, [what: string]>('FST_FLOW_SIMULATION', '%s', 400)

/** A recording cannot be replayed; the message says what is wrong with it. */
export const RecordingError = createError<'FST_FLOW_RECORDING', 400, [what: string]>('FST_FLOW_RECORDING', '%s', 400)

/** Another site has caused a request that would change something. */
export const CrossSiteError = createError<'FST_FLOW_CROSS_SITE', 403, []>(
  'FST_FLOW_CROSS_SITE', 'The request comes from another site', 403)

const Unavailable = createError<'FST_FLOW_STORE_UNAVAILABLE', 503, [what: string, options?: { cause: unknown }]>(
  'FST_FLOW_STORE_UNAVAILABLE', 'The store is not available: %s', 503)

/** A store cannot be used at the moment (no connection, no reply in time, full, loading). What was asked of it was not done. */
export class StoreUnavailableError extends Unavailable {
  /** What a server sends with it: when to try again, in seconds. */
  readonly headers = { 'retry-after': '1' }
}
