import type { TSchema } from '@sinclair/typebox'
import { DefinitionError } from '../errors.js'
import type { Definitions } from '../model/definitions.js'
import { FlowSchema } from '../model/flow.js'
import { GroupSchema } from '../model/group.js'
import { checkedAt, type Places } from '../model/places.js'
import { PolicyBindingSchema } from '../model/policy-binding.js'
import { PolicySchema } from '../model/policy.js'
import { PromptSchema } from '../model/prompt.js'
import { StageBindingSchema } from '../model/stage-binding.js'
import { StageSchema } from '../model/stage.js'
import { UserSeedSchema } from '../model/user.js'
import { kindOfPolicy, kindOfStage, type Kinds } from './kinds.js'
import { label, type Label } from './labels.js'
import { filledOptions, requireValid } from './schema-check.js'

/**
 * Definitions with the defaults of their kinds filled in, every object valid in itself and no two of one name.
 *
 * @throws DefinitionError
 */
export function normalised (given: Definitions, kinds: Kinds): Definitions {
  const { places, stages: givenStages, policies: givenPolicies, ...others } = given
  requireEach(StageSchema, givenStages, places, label.stage)
  const stages = givenStages.map((stage) => checkedAt(places, stage.pk, () => {
    const { options } = kindOfStage(stage, kinds)
    return { ...stage, options: filledOptions(options, stage.options, `stage '${stage.name}' (${stage.kind})`) }
  }))
  requireEach(PolicySchema, givenPolicies, places, label.policy)
  const policies = givenPolicies.map((policy) => checkedAt(places, policy.pk, () => {
    const { options } = kindOfPolicy(policy, kinds)
    return { ...policy, options: filledOptions(options, policy.options, `policy '${policy.name}' (${policy.kind})`) }
  }))
  const all = { ...structuredClone(others), stages, policies, ...places === undefined ? {} : { places: new Map(places) } }
  requireEach(FlowSchema, all.flows, places, label.flow)
  requireEach(StageBindingSchema, all.bindings, places, label.binding)
  requireEach(PolicyBindingSchema, all.policyBindings, places, label.policyBinding)
  requireEach(PromptSchema, all.prompts, places, label.prompt)
  requireEach(GroupSchema, all.groups, places, label.group)
  requireEach(UserSeedSchema, all.users, places, label.user)
  requireUnique(all.flows.map(label.flow), places, 'flow of this slug')
  requireUnique(all.stages.map(label.stage), places, 'stage of this name')
  requireUnique(all.policies.map(label.policy), places, 'policy of this name')
  requireUnique(all.prompts.map(label.prompt), places, 'prompt of this name')
  requireUnique(all.users.map(label.user), places, 'user of this username')
  return all
}

function requireEach<T> (
  schema: TSchema, objects: readonly T[], places: Places | undefined, labelled: (object: T) => Label
): void {
  for (const object of objects) {
    const { pk, where } = labelled(object)
    checkedAt(places, pk, () => requireValid(schema, object, where))
  }
}

function requireUnique (labels: readonly Label[], places: Places | undefined, what: string): void {
  const seen = new Map<string, string>()
  for (const { pk, where } of labels) {
    const other = seen.get(where)
    if (other !== undefined) checkedAt(places, pk, () => refuseTwin(where, what, other === pk ? undefined : places?.get(other)))
    seen.set(where, pk)
  }
}

/** The place of the other is left out where both have one key: then both places are that of the key. */
function refuseTwin (where: string, what: string, other: string | undefined): never {
  throw new DefinitionError(where, `there is another ${what}${other === undefined ? '' : `, at ${other}`}`)
}
