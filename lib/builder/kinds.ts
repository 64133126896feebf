import type { DummyPolicyOptions } from '../policies/kinds/dummy.js'
import type { ExpressionPolicyOptions } from '../policies/kinds/expression.js'
import type { PasswordExpiryPolicyOptions } from '../policies/kinds/password-expiry.js'
import type { PasswordPolicyOptions } from '../policies/kinds/password.js'
import type { ReputationPolicyOptions } from '../policies/kinds/reputation.js'
import type { AuthenticatorStaticOptions } from '../stages/authenticator-static.js'
import type { AuthenticatorTotpOptions } from '../stages/authenticator-totp.js'
import type { AuthenticatorValidateOptions } from '../stages/authenticator-validate.js'
import type { ConsentOptions } from '../stages/consent.js'
import type { DenyOptions } from '../stages/deny.js'
import type { DummyOptions } from '../stages/dummy.js'
import type { IdentificationOptions } from '../stages/identification.js'
import type { PasswordOptions } from '../stages/password.js'
import type { PromptStageOptions } from '../stages/prompt.js'
import type { RedirectOptions } from '../stages/redirect.js'
import type { UserLoginOptions } from '../stages/user-login.js'
import type { UserWriteOptions } from '../stages/user-write.js'
import type { FlowSpec, GroupSpec, PolicySpec, PromptSpec, Spec, StageSpec } from './specs.js'

/** A reference as code may write it: the primary key, or the spec of what it points at. */
export type ReferenceInput<T, To extends Spec> =
  T extends string ? T | To : T extends readonly (infer Item)[] ? readonly ReferenceInput<Item, To>[] : T

/** The options of a kind as code states them: all but `Stated` may be left out, and `References` may be specs. */
export type OptionsInput<
  Options, Stated extends keyof Options = never, References extends { readonly [K in keyof Options]?: Spec } = object
> = {
  readonly [K in Stated]: OptionInput<Options, K, References>
} & {
  readonly [K in Exclude<keyof Options, Stated>]?: OptionInput<Options, K, References>
}

type OptionInput<Options, K extends keyof Options, References> =
  K extends keyof References ? ReferenceInput<Options[K], Extract<References[K], Spec>> : Options[K]

/** No options at all. */
export type NoOptions = Readonly<Record<never, never>>

/**
 * The options of each stage kind by its name. A host adds its own kinds by declaration merging, and gives them to
 * `createDefine`.
 */
export interface StageOptionsByKind {
  authenticator_static: OptionsInput<AuthenticatorStaticOptions, never, { configureFlow: FlowSpec }>
  authenticator_totp: OptionsInput<AuthenticatorTotpOptions, 'digits', { configureFlow: FlowSpec }>
  authenticator_validate: OptionsInput<AuthenticatorValidateOptions, never, { configurationStages: StageSpec }>
  consent: OptionsInput<ConsentOptions>
  deny: OptionsInput<DenyOptions>
  dummy: OptionsInput<DummyOptions>
  identification: OptionsInput<IdentificationOptions, never, {
    passwordStage: StageSpec, enrollmentFlow: FlowSpec, recoveryFlow: FlowSpec, passwordlessFlow: FlowSpec
  }>
  password: OptionsInput<PasswordOptions, never, { configureFlow: FlowSpec }>
  prompt: OptionsInput<PromptStageOptions, 'fields', { fields: PromptSpec, validationPolicies: PolicySpec }>
  redirect: OptionsInput<RedirectOptions, 'mode', { targetFlow: FlowSpec }>
  user_delete: NoOptions
  user_login: OptionsInput<UserLoginOptions>
  user_logout: NoOptions
  user_write: OptionsInput<UserWriteOptions, never, { createUsersGroup: GroupSpec }>
}

/** The options of each policy kind by its name; a host adds its own by declaration merging. */
export interface PolicyOptionsByKind {
  dummy: OptionsInput<DummyPolicyOptions>
  expression: OptionsInput<ExpressionPolicyOptions, 'expression'>
  password: OptionsInput<PasswordPolicyOptions>
  password_expiry: OptionsInput<PasswordExpiryPolicyOptions, 'days'>
  reputation: OptionsInput<ReputationPolicyOptions>
}

/** The name of a stage kind. */
export type StageKindName = keyof StageOptionsByKind

/** The name of a policy kind. */
export type PolicyKindName = keyof PolicyOptionsByKind
