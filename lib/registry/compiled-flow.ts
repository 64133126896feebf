import type { Flow } from '../model/flow.js'
import type { StageBinding } from '../model/stage-binding.js'
import type { PolicyTarget } from '../policies/engine.js'
import type { PendingStates } from '../runs/pending-states.js'
import type { StageKind, StageOf } from '../stages/stage-kind.js'
import type { DefinitionSet } from './definition-set.js'

/** A stage binding with all that it points to. */
export interface CompiledBinding {
  readonly binding: StageBinding
  readonly stage: StageOf<Readonly<Record<string, unknown>>>
  readonly kind: StageKind
  readonly policies: PolicyTarget
  /** What the state of a run keeps of it where it is still to pass. */
  readonly pending: PendingStates
}

/** A flow with all that planning and walking it needs; frozen. */
export interface CompiledFlow {
  readonly flow: Flow
  /** Hash of the content of the flow and of everything it is made of. */
  readonly hash: string
  readonly policies: PolicyTarget
  /** By order, ties by the order in which they were added. */
  readonly bindings: readonly CompiledBinding[]
  readonly bindingsByPk: ReadonlyMap<string, CompiledBinding>
  /** The definitions that the flow is part of. */
  readonly definitions: DefinitionSet
}
