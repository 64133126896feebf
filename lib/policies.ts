// The subpath `fastify-flow-planner/policies`: the policy engine, the built-in kinds of policy, and what it takes to write one.
export { defaultPolicyFunctions, defaultPromptFunctions } from './policies/default-functions.js'
export { askPolicies, type PolicyQuestion, type PolicyTarget, type PreparedBinding } from './policies/engine.js'
export { builtInPolicyKinds } from './policies/kinds/index.js'
export type {
  PolicyAnswer, PolicyFunction, PolicyKind, PolicyPreparation, PolicyRequest, PreparedPolicy
} from './policies/policy-kind.js'
export type { PromptFunction, PromptFunctions, PromptRequest } from './policies/prompt-function.js'
export type { PolicyOutcome, Verdict, VerdictResult } from './policies/verdict.js'
