import type { Static, TObject } from '@sinclair/typebox'
import type { PlanContext } from '../context/plan-context.js'
import type { MaybePromise } from '../maybe-promise.js'
import type { Flow } from '../model/flow.js'
import type { Subject } from '../model/user.js'
import type { PlanAccess } from '../planner/plan-access.js'
import type { RequestFacts } from '../request-facts.js'
import type { Services } from '../services.js'

/** What a policy is asked with. */
export interface PolicyRequest {
  /** The pending user where the plan has one, else the session's user, else null. */
  readonly user: Subject | null
  /** The plan's context; for a prompt's validation, `prompt_data` is what was just entered. */
  readonly context: PlanContext
  /** The HTTP request; null where a plan is made without one. */
  readonly http: RequestFacts | null
  /** The plan being made or walked; null while the flow's own policies decide whether there will be one. */
  readonly plan: PlanAccess | null
  readonly flow: Flow
  /** Aborted when the outcome is decided or the time is over. */
  readonly signal: AbortSignal
  readonly services: Services
}

/** What a policy answers; anything else is an error. */
export type PolicyAnswer = boolean | {
  readonly passing: boolean
  readonly messages?: readonly string[]
}

/** A policy as a host writes it: its errors deny, they never skip. */
export type PolicyFunction = (request: PolicyRequest) => MaybePromise<PolicyAnswer>

/** A policy ready to be asked. */
export interface PreparedPolicy {
  /** Whether the verdict depends on nothing but the user and the definition; only then may a plan be cached. */
  readonly pure: boolean
  readonly evaluate: PolicyFunction
}

/** What a policy kind may use while it prepares a policy. */
export interface PolicyPreparation {
  /** The functions that the host supplied, and those that the package ships, by policy name. */
  readonly functions: ReadonlyMap<string, PolicyFunction>
}

/** A kind of policy: the built-in ones and a host's own use this one interface. */
export interface PolicyKind<Options extends TObject = TObject> {
  /** The name in code, such as `password_expiry`. */
  readonly kind: string
  /** The blueprint's model name, such as `authentik_policies_expiry.passwordexpirypolicy`. */
  readonly model: string
  readonly component: string
  readonly verboseName: string
  readonly verboseNamePlural: string
  readonly options: Options
  /** Whether what is secret decides the verdict. A replay, which has no secrets, then takes the recorded one. */
  readonly usesSecrets?: boolean
  /**
   * Makes a policy ready, once, when its definition is registered.
   *
   * @throws DefinitionError where the options cannot work; the message says what would be right.
   */
  prepare (policy: { readonly name: string, readonly options: Static<Options> }, preparation: PolicyPreparation): PreparedPolicy
}
