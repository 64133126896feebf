import type { FastifyRequest } from 'fastify'
import { FlowNotFoundError } from '../lib/errors.js'
import type { MaybePromise } from '../lib/maybe-promise.js'
import type { Flow } from '../lib/model/flow.js'
import type { CompiledFlow } from '../lib/registry/compiled-flow.js'
import { ForbiddenError } from './errors.js'
import type { FlowEngine } from './flow-engine.js'

/** Who may inspect a run of a flow and read the flow's definition: the host's decision. */
export type CanInspect = (request: FastifyRequest, flow: Flow) => MaybePromise<boolean>

/** What routes need that show a flow's runs or its definition. */
export interface InspectionAccess {
  readonly engine: FlowEngine
  readonly canInspect: CanInspect
}

/**
 * The flow of a slug, for whoever may inspect it.
 *
 * @throws FlowNotFoundError
 * @throws ForbiddenError
 */
export async function inspectableFlow (
  { engine, canInspect }: InspectionAccess, request: FastifyRequest, slug: string
): Promise<CompiledFlow> {
  const flow = engine.registry.flow(slug)
  if (flow === undefined) throw new FlowNotFoundError(slug)
  if (!await canInspect(request, flow.flow)) throw new ForbiddenError('You may not inspect this flow.')
  return flow
}
