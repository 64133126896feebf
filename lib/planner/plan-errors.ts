import type { Decision } from './decision.js'

/** Why a flow does not apply: its `authentication` requirement, a policy that failed, or one that could not answer. */
export type NotApplicableReason = 'requirement' | 'policy' | 'policy_error'

const GENERIC_MESSAGE = 'Flow does not apply to current user.'

/** The flow does not apply to this user or request. `message` may be shown to anybody. */
export class FlowNotApplicableError extends Error {
  readonly code = 'FST_FLOW_NOT_APPLICABLE'
  readonly reason: NotApplicableReason
  /** What was decided until then, the refusal last. */
  readonly decisions: readonly Decision[]

  constructor (reason: NotApplicableReason, messages: readonly string[], decisions: readonly Decision[]) {
    super(messages.length === 0 ? GENERIC_MESSAGE : messages.join('\n'))
    this.name = 'FlowNotApplicableError'
    this.reason = reason
    this.decisions = decisions
  }
}

/** No binding is left in the plan. */
export class EmptyFlowError extends Error {
  readonly code = 'FST_FLOW_EMPTY'
  readonly decisions: readonly Decision[]

  constructor (slug: string, decisions: readonly Decision[]) {
    super(`Flow '${slug}' has no stage for this user`)
    this.name = 'EmptyFlowError'
    this.decisions = decisions
  }
}
