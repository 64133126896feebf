import type { CompiledFlow } from '../registry/compiled-flow.js'
import { flowSetView } from './binding-view.js'
import type { FlowSetView } from './inspection-schema.js'

/** A flow as the flow API shows it. */
export interface FlowView extends FlowSetView {
  readonly stages: readonly string[]
  readonly policies: readonly string[]
  readonly cache_count: number
  readonly authentication: string
}

/**
 * A flow as the flow API shows it: with its stages and policies by primary key, its requirement, and how many of its plans
 * are cached.
 */
export function flowView ({ flow, bindings, definitions }: CompiledFlow, apiPrefix: string, cacheCount: number): FlowView {
  const bound = definitions.definitions.policyBindings.filter(({ target, policy }) => target === flow.pk && policy !== null)
  return {
    ...flowSetView(flow, apiPrefix),
    stages: bindings.map(({ stage }) => stage.pk),
    policies: bound.flatMap(({ policy }) => policy ?? []),
    cache_count: cacheCount,
    authentication: flow.authentication
  }
}
