import type { Static, TObject } from '@sinclair/typebox'
import type { Definitions } from '../model/definitions.js'
import { builtInPolicyKinds } from '../policies/kinds/index.js'
import type { PolicyKind } from '../policies/policy-kind.js'
import { builtInStageKinds } from '../stages/index.js'
import type { StageKind } from '../stages/stage-kind.js'
import { Collector, type BuilderKinds } from './collector.js'
import type {
  PolicyKindName, PolicyOptionsByKind, ReferenceInput, StageKindName, StageOptionsByKind
} from './kinds.js'
import {
  asSpec, describeSpec, type FlowFields, type FlowSpec, type GroupFields, type GroupSpec, type PolicySpec,
  type PromptFields, type PromptSpec, type Spec, type StageSpec, type UserFields, type UserSpec
} from './specs.js'

/** Options may be left out as a whole where none of them has to be stated. */
type OptionsArgument<Options> = object extends Options ? [options?: Options] : [options: Options]

/** The options of a kind that is given as an object: which of them have defaults is known to its schema only. */
type OptionsOfKind<Options extends TObject> = {
  readonly [K in keyof Static<Options>]?: ReferenceInput<Static<Options>[K], Spec>
}

/** States a stage. `kind` is the name of a kind, or a kind of the host's own. */
export function stage<Name extends StageKindName> (
  kind: Name, name: string, ...options: OptionsArgument<StageOptionsByKind[Name]>): StageSpec
export function stage<Options extends TObject> (
  kind: StageKind<Options>, name: string, options?: OptionsOfKind<Options>): StageSpec
export function stage (kind: string | StageKind, name: string, options: object = {}): StageSpec {
  return asSpec({ type: 'stage', kind, name, options: { ...options } })
}

/** States a policy. `kind` is the name of a kind, or a kind of the host's own. */
export function policy<Name extends PolicyKindName> (
  kind: Name, name: string, ...options: OptionsArgument<PolicyOptionsByKind[Name] & PolicySettings>): PolicySpec
export function policy<Options extends TObject> (
  kind: PolicyKind<Options>, name: string, options?: OptionsOfKind<Options> & PolicySettings): PolicySpec
export function policy (kind: string | PolicyKind, name: string, settings: PolicySettings = {}): PolicySpec {
  const { executionLogging = false, ...options } = settings
  return asSpec({ type: 'policy', kind, name, executionLogging, options })
}

/** What a policy of any kind has beside its options. */
export interface PolicySettings {
  readonly executionLogging?: boolean
}

/** States a field of a prompt stage. */
export function prompt (name: string, fields: PromptFields): PromptSpec {
  return asSpec({ type: 'prompt', name, fields })
}

/** States a group. */
export function group (name: string, fields: GroupFields = {}): GroupSpec {
  return asSpec({ type: 'group', name, fields })
}

/** States a user that is there from the start. */
export function user (username: string, fields: UserFields = {}): UserSpec {
  return asSpec({ type: 'user', username, fields })
}

/** States a flow with its stages and the policies that guard it. */
export function defineFlow (fields: FlowFields): FlowSpec {
  return asSpec({ type: 'flow', slug: fields.slug, fields })
}

/**
 * Makes a `define` for the kinds given, by the names of which specs may call them.
 */
export function createDefine (kinds: BuilderKinds): (...specs: readonly Spec[]) => Definitions {
  return (...specs) => {
    const collector = new Collector(kinds)
    for (const spec of specs) collector.add(spec, describeSpec(spec))
    return collector.definitions()
  }
}

/**
 * Makes definitions of flows, users and whatever else is given, with all that they refer to. Primary keys are the same
 * as those of blueprints that define the same things.
 *
 * @throws DefinitionError naming flow, binding and field, for what the types could not refuse.
 */
export const define = createDefine({ stageKinds: builtInStageKinds, policyKinds: builtInPolicyKinds })
