import { Type, type TObject } from '@sinclair/typebox'
import { FlowSchema } from '../model/flow.js'
import { GroupSchema } from '../model/group.js'
import * as identity from '../model/identity.js'
import { MODEL } from '../model/identity.js'
import { PolicyBindingSchema } from '../model/policy-binding.js'
import { PolicySchema } from '../model/policy.js'
import { PromptSchema } from '../model/prompt.js'
import { StageBindingSchema } from '../model/stage-binding.js'
import { StageSchema } from '../model/stage.js'
import { UserSeedSchema } from '../model/user.js'
import type { PolicyKind } from '../policies/policy-kind.js'
import type { StageKind } from '../stages/stage-kind.js'
import type { FieldFault } from './fields.js'

/** What an object is; primary keys and names are unique among those of one table. */
export type Table = 'flow' | 'stage' | 'binding' | 'policy' | 'policyBinding' | 'prompt' | 'group' | 'user'

/** The fields of an object, in code spelling, with the options of a stage or policy among them. */
export type Fields = Readonly<Record<string, unknown>>

/** A model as a blueprint knows it. */
export interface Model {
  /** In lower case. */
  readonly name: string
  readonly table: Table
  /** The kind of a stage or policy. */
  readonly kind: string
  /** The fields that a blueprint may state. */
  readonly schema: TObject
  /** The fields that no two objects of the table may have in common, and that the primary key is derived from. */
  readonly natural: readonly string[]
  /** The primary key of an object whose fields have been checked. */
  key (fields: Fields): string
  /** What the schema cannot say. */
  check? (fields: Fields): FieldFault | undefined
}

const closed = { additionalProperties: false }

const text = (value: unknown) => typeof value === 'string' ? value : ''
const whole = (value: unknown) => typeof value === 'number' ? value : 0
const textOrNull = (value: unknown) => typeof value === 'string' ? value : null

const flow: Model = {
  name: MODEL.flow,
  table: 'flow',
  kind: '',
  schema: Type.Omit(FlowSchema, ['pk', 'policybindingmodelPtrId'], closed),
  natural: ['slug'],
  key: ({ slug }) => identity.flowKey(text(slug))
}

/** What both flags of a stage binding being off is answered with, as in the original. */
export const NEVER_EVALUATED = 'Either evaluation on plan or evaluation on run must be enabled'

const stageBinding: Model = {
  name: MODEL.stageBinding,
  table: 'binding',
  kind: '',
  schema: Type.Omit(StageBindingSchema, ['pk', 'policybindingmodelPtrId'], closed),
  natural: ['target', 'stage', 'order'],
  key: ({ target, stage, order }) => identity.stageBindingKey(text(target), text(stage), whole(order)),
  check: ({ evaluateOnPlan, reEvaluatePolicies }) =>
    evaluateOnPlan === false && reEvaluatePolicies === false
      ? { path: ['reEvaluatePolicies'], what: NEVER_EVALUATED, isSentence: true }
      : undefined
}

const policyBinding: Model = {
  name: MODEL.policyBinding,
  table: 'policyBinding',
  kind: '',
  schema: Type.Omit(PolicyBindingSchema, ['pk'], closed),
  natural: ['target', 'policy', 'group', 'user', 'order'],
  key: ({ target, policy, group, user, order }) => identity.policyBindingKey(
    text(target),
    { policy: textOrNull(policy), group: textOrNull(group), user: typeof user === 'number' ? user : textOrNull(user) },
    whole(order)
  ),
  check: ({ policy, group, user }) => {
    const set = [policy, group, user].filter((subject) => subject !== null && subject !== undefined).length
    if (set === 1) return undefined
    const what = set === 0
      ? "One of 'policy', 'group' or 'user' must be set."
      : "Only one of 'policy', 'group' or 'user' can be set."
    return { path: ['policy'], what, isSentence: true }
  }
}

const prompt: Model = {
  name: MODEL.prompt,
  table: 'prompt',
  kind: '',
  schema: Type.Omit(PromptSchema, ['pk'], closed),
  natural: ['name'],
  key: ({ name }) => identity.promptKey(text(name))
}

const group: Model = {
  name: MODEL.group,
  table: 'group',
  kind: '',
  schema: Type.Omit(GroupSchema, ['pk'], closed),
  natural: ['name'],
  key: ({ name }) => identity.groupKey(text(name))
}

const user: Model = {
  name: MODEL.user,
  table: 'user',
  kind: '',
  schema: Type.Omit(UserSeedSchema, ['uuid'], closed),
  natural: ['username'],
  key: ({ username }) => identity.userKey(text(username))
}

/** A stage kind as a model: its options stand beside the name. */
export function stageModel (kind: StageKind): Model {
  return {
    name: kind.model.toLowerCase(),
    table: 'stage',
    kind: kind.kind,
    schema: Type.Object({ ...kind.options.properties, name: StageSchema.properties.name }, closed),
    natural: ['name'],
    key: ({ name }) => identity.stageKey(kind.model, text(name))
  }
}

/** A policy kind as a model: its options stand beside the name. */
export function policyModel (kind: PolicyKind): Model {
  const { name, executionLogging } = PolicySchema.properties
  return {
    name: kind.model.toLowerCase(),
    table: 'policy',
    kind: kind.kind,
    schema: Type.Object({ ...kind.options.properties, name, executionLogging }, closed),
    natural: ['name'],
    key: (fields) => identity.policyKey(kind.model, text(fields.name))
  }
}

/** The models that are the same for everyone. */
export const FIXED_MODELS = { flow, binding: stageBinding, policyBinding, prompt, group, user } as const

/** Every model that there is a part for, by its name in lower case. */
export function modelsByName (stageKinds: readonly StageKind[], policyKinds: readonly PolicyKind[]): ReadonlyMap<string, Model> {
  const models = [...Object.values(FIXED_MODELS), ...stageKinds.map(stageModel), ...policyKinds.map(policyModel)]
  return new Map(models.map((model) => [model.name, model]))
}
