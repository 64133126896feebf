import type { TSchema } from '@sinclair/typebox'
import { DefinitionError } from '../errors.js'
import type { Definitions } from '../model/definitions.js'
import { GroupSchema } from '../model/group.js'
import { checkedAt } from '../model/places.js'
import { PolicyBindingSchema } from '../model/policy-binding.js'
import { referencesIn } from '../model/references.js'
import { StageBindingSchema } from '../model/stage-binding.js'
import { UserSeedSchema } from '../model/user.js'
import { kindOfPolicy, kindOfStage, type Kinds } from './kinds.js'
import { label, type Label } from './labels.js'

/**
 * Refuses references to what is not there.
 *
 * @throws DefinitionError
 */
export function checkReferences (definitions: Definitions, kinds: Kinds): void {
  const keys = {
    flow: new Set(definitions.flows.map(({ pk }) => pk)),
    stage: new Set(definitions.stages.map(({ pk }) => pk)),
    policy: new Set(definitions.policies.map(({ pk }) => pk)),
    prompt: new Set(definitions.prompts.map(({ pk }) => pk)),
    group: new Set(definitions.groups.map(({ pk }) => pk))
  }
  const check = (schema: TSchema, value: object, { pk: own, where }: Label) => checkedAt(definitions.places, own, () => {
    for (const { field, target, pk } of referencesIn(schema, value)) {
      if (!keys[target].has(pk)) throw new DefinitionError(where, `field '${field}': there is no ${target} ${pk}`)
    }
  })
  for (const stage of definitions.stages) check(kindOfStage(stage, kinds).options, stage.options, label.stage(stage))
  for (const policy of definitions.policies) check(kindOfPolicy(policy, kinds).options, policy.options, label.policy(policy))
  for (const group of definitions.groups) check(GroupSchema, group, label.group(group))
  for (const user of definitions.users) check(UserSeedSchema, user, label.user(user))
  for (const binding of definitions.bindings) check(StageBindingSchema, binding, label.binding(binding))
  for (const binding of definitions.policyBindings) check(PolicyBindingSchema, binding, label.policyBinding(binding))
}
