import { DefinitionError } from '../errors.js'
import { inlineBinding, type PlannedBinding } from '../planner/flow-plan.js'
import type { CompiledBinding, CompiledFlow } from '../registry/compiled-flow.js'
import type { DefinitionLookup } from '../registry/definition-lookup.js'
import { referredHash } from '../registry/referred.js'
import type { StageKind } from '../stages/stage-kind.js'
import type { InlineState, PendingState, RunState } from './run-state.js'

/** A planned binding as a run's state keeps it. */
export function pendingState ({ compiled, marker }: PlannedBinding): PendingState {
  return compiled.pending[marker]
}

/** The part of a binding that is in no definition of the flow, as a run's state keeps it. */
export function inlineState ({ binding, stage }: CompiledBinding, definitions: DefinitionLookup): InlineState {
  const { pk, name, kind, options } = stage
  return {
    binding: binding.pk,
    pointer: binding.policybindingmodelPtrId,
    stage: { pk, name, kind, options },
    refersTo: referredHash(options, definitions)
  }
}

/**
 * Finds a binding of a run by primary key: one of the flow's definition, or one that was put into the plan.
 *
 * @throws DefinitionError where it is neither, or its stage's kind is not registered.
 */
export function bindingOf (
  flow: CompiledFlow, state: Pick<RunState, 'inline'>, pk: string, kinds: ReadonlyMap<string, StageKind>
): CompiledBinding {
  const defined = flow.bindingsByPk.get(pk)
  if (defined !== undefined) return defined
  const inline = state.inline.find(({ binding }) => binding === pk)
  const kind = inline === undefined ? undefined : kinds.get(inline.stage.kind)
  if (inline === undefined || kind === undefined) {
    throw new DefinitionError(`flow '${flow.flow.slug}'`, `a run refers to the binding ${pk}, which is not there`)
  }
  return inlineBinding(flow, pk, inline.pointer, { stage: inline.stage, kind })
}
