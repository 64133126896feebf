import { derivedKey } from './keys.js'

/** The blueprint's names of the models that are no stage and no policy. */
export const MODEL = {
  flow: 'authentik_flows.flow',
  stageBinding: 'authentik_flows.flowstagebinding',
  policyBinding: 'authentik_policies.policybinding',
  prompt: 'authentik_stages_prompt.prompt',
  group: 'authentik_core.group',
  user: 'authentik_core.user'
} as const

/** The primary key of the flow of a slug. */
export function flowKey (slug: string): string {
  return derivedKey(MODEL.flow, slug)
}

/** The primary key of a stage; `model` is its kind's. */
export function stageKey (model: string, name: string): string {
  return derivedKey(model, name)
}

/** The primary key of a policy; `model` is its kind's. */
export function policyKey (model: string, name: string): string {
  return derivedKey(model, name)
}

/** The primary key of a prompt. */
export function promptKey (name: string): string {
  return derivedKey(MODEL.prompt, name)
}

/** The primary key of a group. */
export function groupKey (name: string): string {
  return derivedKey(MODEL.group, name)
}

/** The `uuid` of a user that a definition states. */
export function userKey (username: string): string {
  return derivedKey(MODEL.user, username)
}

/** The primary key of a stage binding; `target` and `stage` are those of the flow and the stage. */
export function stageBindingKey (target: string, stage: string, order: number): string {
  return derivedKey(MODEL.stageBinding, target, stage, order)
}

/** What a policy binding asks; exactly one is set. */
export interface PolicyBindingSubject {
  readonly policy?: string | null
  readonly group?: string | null
  readonly user?: number | string | null
}

/** The primary key of a policy binding; `target` is that of the flow or stage binding. */
export function policyBindingKey (target: string, subject: PolicyBindingSubject, order: number): string {
  return derivedKey(
    MODEL.policyBinding, target, subject.policy ?? null, subject.group ?? null, subject.user ?? null, order)
}

/** The second identity of a flow or stage binding, as something that policies are bound to. */
export function policyBindingModelKey (model: typeof MODEL.flow | typeof MODEL.stageBinding, pk: string): string {
  return derivedKey(`${model}.policybindingmodel`, pk)
}
