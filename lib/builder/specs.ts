import type { Flow } from '../model/flow.js'
import type { Group } from '../model/group.js'
import type { PolicyBinding } from '../model/policy-binding.js'
import type { Prompt } from '../model/prompt.js'
import type { StageBinding } from '../model/stage-binding.js'
import type { UserSeed } from '../model/user.js'
import type { PolicyKind } from '../policies/policy-kind.js'
import type { StageKind } from '../stages/stage-kind.js'

/** Fields of an object, those with defaults optional. */
type Input<T, Required extends keyof T> = Pick<T, Required> & Partial<Omit<T, Required>>

/** A stage, as code states it. */
export interface StageSpec {
  readonly type: 'stage'
  /** A kind, or the name of one that the definitions are made with. */
  readonly kind: string | StageKind
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
}

/** A policy, as code states it. */
export interface PolicySpec {
  readonly type: 'policy'
  /** A kind, or the name of one that the definitions are made with. */
  readonly kind: string | PolicyKind
  readonly name: string
  readonly executionLogging: boolean
  readonly options: Readonly<Record<string, unknown>>
}

/** What a prompt is made of beside its name. */
export type PromptFields = Input<Omit<Prompt, 'pk' | 'name'>, 'fieldKey' | 'label' | 'type'>

/** A prompt, as code states it. */
export interface PromptSpec {
  readonly type: 'prompt'
  readonly name: string
  readonly fields: PromptFields
}

/** What a group is made of beside its name; a parent may be given as a spec. */
export type GroupFields = Partial<Omit<Group, 'pk' | 'name' | 'parent'>> & {
  readonly parent?: GroupSpec | string | null
}

/** A group, as code states it. */
export interface GroupSpec {
  readonly type: 'group'
  readonly name: string
  readonly fields: GroupFields
}

/** What a user is made of beside the username; groups may be given as specs. */
export type UserFields = Partial<Omit<UserSeed, 'uuid' | 'username' | 'groups'>> & {
  readonly groups?: readonly (GroupSpec | string)[]
}

/** A user, as code states it. */
export interface UserSpec {
  readonly type: 'user'
  readonly username: string
  readonly fields: UserFields
}

type PolicyBindingFields = Partial<Pick<PolicyBinding, 'enabled' | 'negate' | 'timeout' | 'failureResult' | 'order'>>

/** What a flow or a stage binding asks: a policy, a group or a user, with how it is asked where that matters. */
export type PolicyEntry = PolicySpec | GroupSpec | UserSpec | (PolicyBindingFields & (
  | { readonly policy: PolicySpec | string, readonly group?: never, readonly user?: never }
  | { readonly group: GroupSpec | string, readonly policy?: never, readonly user?: never }
  | { readonly user: UserSpec | string | number, readonly policy?: never, readonly group?: never }
))

/** A stage at an order in a flow. An order that is not stated is 10 more than the one before; the first is 10. */
export type StageEntry = StageSpec | (
  Partial<Omit<StageBinding, 'pk' | 'policybindingmodelPtrId' | 'target' | 'stage'>> & {
    readonly stage: StageSpec | string
    readonly policies?: readonly PolicyEntry[]
  }
)

/** What a flow is made of. */
export type FlowFields = Input<Omit<Flow, 'pk' | 'policybindingmodelPtrId'>, 'slug' | 'name' | 'title' | 'designation'> & {
  /** What decides whether the flow applies at all. */
  readonly policies?: readonly PolicyEntry[]
  readonly stages?: readonly StageEntry[]
}

/** A flow, as code states it. */
export interface FlowSpec {
  readonly type: 'flow'
  readonly slug: string
  readonly fields: FlowFields
}

/** Whatever code can state. */
export type Spec = FlowSpec | StageSpec | PolicySpec | PromptSpec | GroupSpec | UserSpec

const SPECS = new WeakSet<object>()

/** Marks an object as one that the functions of this package made. */
export function asSpec<T extends Spec> (spec: T): T {
  SPECS.add(spec)
  return Object.freeze(spec)
}

/** Tells a spec from fields that happen to look like one. */
export function isSpec (value: unknown): value is Spec {
  return typeof value === 'object' && value !== null && SPECS.has(value)
}

/** Says which object a spec is about, for messages. */
export function describeSpec (spec: Spec): string {
  if (spec.type === 'flow') return `flow '${spec.slug}'`
  return `${spec.type} '${spec.type === 'user' ? spec.username : spec.name}'`
}
