import { Type, type Static } from '@sinclair/typebox'
import type { EncodedContext } from '../context/encoded.js'
import { FlowSchema } from '../model/flow.js'
import { GroupSchema } from '../model/group.js'
import { PolicyBindingSchema } from '../model/policy-binding.js'
import { PolicySchema } from '../model/policy.js'
import { PromptSchema } from '../model/prompt.js'
import { AnyObject, Nullable, StringEnum } from '../model/scalars.js'
import { StageBindingSchema } from '../model/stage-binding.js'
import { StageSchema } from '../model/stage.js'
import { UserSeedSchema } from '../model/user.js'
import { RecordedStepSchema } from './recorded-step.js'

/** A verdict as a recording compares it. */
const RecordedVerdictSchema = Type.Object({
  policy: Type.String({ description: "The policy's, group's or user's name" }),
  result: StringEnum(['pass', 'fail', 'error', 'cancelled'] as const),
  messages: Type.Array(Type.String())
})

/** A decision as a recording compares it. `stage` is the name of the binding's stage; null where it is about the flow. */
export const RecordedDecisionSchema = Type.Object({
  stage: Nullable(Type.String()),
  decision: Type.String(),
  at: StringEnum(['plan', 'turn'] as const),
  verdicts: Type.Array(RecordedVerdictSchema)
})

/** A frame as a recording compares it, with its context as the inspector shows it. */
export const RecordedFrameSchema = Type.Object({
  stage: Type.String(), next: Nullable(Type.String()), context: AnyObject()
})

/** Definitions as a recording holds them. */
const DefinitionsSchema = Type.Object({
  flows: Type.Array(FlowSchema),
  stages: Type.Array(StageSchema),
  bindings: Type.Array(StageBindingSchema),
  policies: Type.Array(PolicySchema),
  policyBindings: Type.Array(PolicyBindingSchema),
  prompts: Type.Array(PromptSchema),
  groups: Type.Array(GroupSchema),
  users: Type.Array(UserSeedSchema)
})

export const RECORDING_FORMAT = 'fastify-flow-planner recording'

/** A recorded run: all that is needed to walk it again, and what came of it. Secrets are not in it. */
export const RunRecordingSchema = Type.Object({
  format: Type.Literal(RECORDING_FORMAT),
  version: Type.Literal(1),
  /** The slug of the flow, and the hash of its content. */
  flow: Type.String(),
  hash: Type.String(),
  definitions: DefinitionsSchema,
  /** Options of the engine that show in its challenges. */
  options: Type.Optional(Type.Object({
    defaultRedirect: Type.String(), maxRestarts: Type.Integer({ minimum: 0 }), requireStepToken: Type.Boolean()
  }, { additionalProperties: false })),
  /** What policies were made to say, by name, where the run was a dry walk. */
  verdicts: Type.Optional(Type.Record(Type.String(), StringEnum(['pass', 'fail', 'error'] as const))),
  /** The context that the run began with, as a run store keeps it. */
  context: Type.Unsafe<EncodedContext>(AnyObject()),
  steps: Type.Array(RecordedStepSchema, { minItems: 1 }),
  decisions: Type.Array(RecordedDecisionSchema),
  frames: Type.Array(RecordedFrameSchema)
}, { title: 'RunRecording' })

export type RunRecording = Static<typeof RunRecordingSchema>
export type RecordedDecision = Static<typeof RecordedDecisionSchema>
export type RecordedFrame = Static<typeof RecordedFrameSchema>
