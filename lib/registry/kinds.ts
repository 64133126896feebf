import { DefinitionError } from '../errors.js'
import type { Policy } from '../model/policy.js'
import type { Stage } from '../model/stage.js'
import type { PolicyFunction, PolicyKind } from '../policies/policy-kind.js'
import type { PromptFunctions } from '../policies/prompt-function.js'
import type { StageKind } from '../stages/stage-kind.js'

/** What definitions may be made of. */
export interface Kinds {
  readonly stageKinds: ReadonlyMap<string, StageKind>
  readonly policyKinds: ReadonlyMap<string, PolicyKind>
  readonly policyFunctions: ReadonlyMap<string, PolicyFunction>
  readonly promptFunctions: ReadonlyMap<string, PromptFunctions>
}

/** @throws DefinitionError where nothing handles the stage. */
export function kindOfStage (stage: Stage, { stageKinds }: Kinds): StageKind {
  const kind = stageKinds.get(stage.kind)
  if (kind === undefined) throw unknownKind('stage', stage, stageKinds)
  return kind
}

/** @throws DefinitionError where nothing handles the policy. */
export function kindOfPolicy (policy: Policy, { policyKinds }: Kinds): PolicyKind {
  const kind = policyKinds.get(policy.kind)
  if (kind === undefined) throw unknownKind('policy', policy, policyKinds)
  return kind
}

function unknownKind (what: 'stage' | 'policy', object: Stage | Policy, known: ReadonlyMap<string, unknown>): Error {
  return new DefinitionError(`${what} '${object.name}'`,
    `nothing handles the kind '${object.kind}': register it (option '${what}Kinds'), or use one of ${[...known.keys()].join(', ')}`)
}
