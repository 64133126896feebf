import { Type, type Static } from '@sinclair/typebox'
import { Int32, PolicyEngineModeSchema, Reference, StringEnum, Uuid } from './scalars.js'

/** What an invalid answer can do to the run. */
export const INVALID_RESPONSE_ACTIONS = ['retry', 'restart', 'restart_with_context'] as const

/** What an invalid answer does to the run. */
export const InvalidResponseAction = StringEnum(INVALID_RESPONSE_ACTIONS, { default: 'retry' })

/** A stage at an order in a flow. */
export const StageBindingSchema = Type.Object({
  pk: Uuid(),
  policybindingmodelPtrId: Uuid(),
  target: Reference('flow'),
  stage: Reference('stage'),
  evaluateOnPlan: Type.Boolean({ default: false }),
  reEvaluatePolicies: Type.Boolean({ default: true }),
  order: Int32(),
  policyEngineMode: PolicyEngineModeSchema,
  invalidResponseAction: InvalidResponseAction
}, { additionalProperties: false })

export interface StageBinding extends Static<typeof StageBindingSchema> {}
