import { DefinitionError } from '../errors.js'
import type { Definitions } from '../model/definitions.js'
import type { PolicyKind } from '../policies/policy-kind.js'
import type { StageKind } from '../stages/stage-kind.js'
import type { Keyed } from './assemble.js'
import { FIXED_MODELS, policyModel, stageModel, type Fields, type Model } from './models.js'

/** The kinds that the stages and policies of definitions are of. */
export interface Kinds {
  readonly stageKinds: readonly StageKind[]
  readonly policyKinds: readonly PolicyKind[]
}

/**
 * Gives every object but the users as a blueprint has it: its own fields and the options of its kind beside each other.
 *
 * @throws DefinitionError where a stage or a policy is of a kind that is not given.
 */
export function disassemble (definitions: Definitions, { stageKinds, policyKinds }: Kinds): Keyed[] {
  const stageModels = new Map(stageKinds.map((kind) => [kind.kind, stageModel(kind)]))
  const policyModels = new Map(policyKinds.map((kind) => [kind.kind, policyModel(kind)]))
  return [
    ...definitions.flows.map(({ pk, policybindingmodelPtrId, ...fields }) => keyed(pk, FIXED_MODELS.flow, fields)),
    ...definitions.groups.map(({ pk, ...fields }) => keyed(pk, FIXED_MODELS.group, fields)),
    ...definitions.prompts.map(({ pk, ...fields }) => keyed(pk, FIXED_MODELS.prompt, fields)),
    ...definitions.policies.map(({ pk, name, kind, executionLogging, options }) =>
      keyed(pk, modelOf(policyModels, 'policy', kind, name), { ...options, name, executionLogging })),
    ...definitions.stages.map(({ pk, name, kind, options }) =>
      keyed(pk, modelOf(stageModels, 'stage', kind, name), { ...options, name })),
    ...definitions.bindings.map(({ pk, policybindingmodelPtrId, ...fields }) => keyed(pk, FIXED_MODELS.binding, fields)),
    ...definitions.policyBindings.map(({ pk, ...fields }) => keyed(pk, FIXED_MODELS.policyBinding, fields))
  ]
}

function keyed (pk: string, model: Model, fields: Fields): Keyed {
  return { pk, model, fields }
}

function modelOf (models: ReadonlyMap<string, Model>, what: 'stage' | 'policy', kind: string, name: string): Model {
  const model = models.get(kind)
  if (model === undefined) throw new DefinitionError(`${what} '${name}'`, `there is no ${what} kind '${kind}'`)
  return model
}
