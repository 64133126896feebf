import { Type, type Static } from '@sinclair/typebox'
import { FlowDesignation, FlowAuthentication } from '../model/flow.js'
import { Nullable, PolicyEngineModeSchema, StringEnum, Uuid } from '../model/scalars.js'
import { InvalidResponseAction } from '../model/stage-binding.js'

/*
 * What explain says of a run, in code spelling; `explanationBody` and `ExplanationBodySchema` are its form on the wire.
 */

const Instant = (description: string) => Type.String({ description: `${description}, ISO 8601` })

/** When something was decided: while the flow was planned, or when the binding's turn came. */
const At = StringEnum(['plan', 'turn'] as const)

/** One asking of one policy binding. */
export const AskedVerdictSchema = Type.Object({
  asked: At,
  result: StringEnum(['pass', 'fail', 'error', 'cancelled'] as const, { description: 'With the negation of the binding' }),
  faulty: Type.Boolean({ description: 'Whether the policy could not answer, so that the result is an error or the failure_result' }),
  messages: Type.Array(Type.String()),
  duration: Type.Number({ description: 'Milliseconds' }),
  cached: Type.Boolean({ description: 'Whether it comes from the plan cache' })
}, { title: 'AskedVerdict' })

/** A policy binding, and what has come of it. Those that were never asked and disabled ones are there too. */
export const PolicyExplanationSchema = Type.Object({
  pk: Uuid(),
  order: Type.Integer(),
  name: Type.String({ description: "The policy's, group's or user's name" }),
  kind: Type.String({ description: 'The kind of policy, or group or user' }),
  enabled: Type.Boolean(),
  negate: Type.Boolean(),
  timeout: Type.Integer({ description: 'Seconds' }),
  failureResult: Nullable(Type.Boolean()),
  result: StringEnum(['pass', 'fail', 'error', 'cancelled', 'not_asked'] as const, {
    description: 'Of the last time that it was asked; cancelled where the outcome was decided before it had answered'
  }),
  verdicts: Type.Array(AskedVerdictSchema)
}, { title: 'PolicyExplanation' })

/** One decision about a binding. */
export const DecisionExplanationSchema = Type.Object({
  decision: StringEnum(['kept', 'kept_to_ask_again', 'left_out', 'taken_out', 'refused', 'denied'] as const),
  at: At,
  messages: Type.Array(Type.String())
}, { title: 'DecisionExplanation' })

export const BINDING_STATES = ['passed', 'current', 'planned', 'left_out', 'taken_out', 'not_reached'] as const

/** A binding of the definition, or one that was put into the plan, and what became of it in the plan as it is now. */
export const BindingExplanationSchema = Type.Object({
  pk: Uuid(),
  order: Type.Integer(),
  stage: Type.Object({ pk: Uuid(), name: Type.String(), kind: Type.String(), verboseName: Type.String() }),
  inserted: Type.Boolean({ description: 'Whether a policy or another stage has put it into the plan' }),
  state: StringEnum(BINDING_STATES, {
    description: 'current: the run waits at it, or was denied or cancelled at it; not_reached: the run ended before its turn'
  }),
  reason: Type.String({ description: 'Why it is in this state, in words' }),
  marker: Nullable(StringEnum(['none', 're_evaluate'] as const), { description: 'Null where it is not part of the plan' }),
  evaluateOnPlan: Type.Boolean(),
  reEvaluatePolicies: Type.Boolean(),
  policyEngineMode: PolicyEngineModeSchema,
  invalidResponseAction: InvalidResponseAction,
  decisions: Type.Array(DecisionExplanationSchema),
  policies: Type.Array(PolicyExplanationSchema)
}, { title: 'BindingExplanation' })

/** Whether the flow applies. */
export const PlanningExplanationSchema = Type.Object({
  outcome: StringEnum(['planned', 'requirement', 'policy', 'policy_error', 'empty'] as const, {
    description: 'planned, or what kept the flow from being so'
  }),
  reason: Type.String({ description: 'The outcome in words' }),
  requirement: FlowAuthentication,
  policyEngineMode: PolicyEngineModeSchema,
  decisions: Type.Array(DecisionExplanationSchema),
  policies: Type.Array(PolicyExplanationSchema)
}, { title: 'PlanningExplanation' })

/** A change of the context. */
export const ChangeExplanationSchema = Type.Object({
  change: StringEnum(['added', 'changed', 'removed'] as const),
  path: Type.String({ description: 'JSON Pointer (RFC 6901); it ends at what is masked as a whole' }),
  value: Type.Optional(Type.Unknown({ description: 'What is there now, masked' }))
}, { title: 'ChangeExplanation' })

/** A recorded plan: the stage that passed, and what had become of the context since the frame before (or the start). */
export const FrameExplanationSchema = Type.Object({
  binding: Uuid({ description: 'The binding whose stage passed' }),
  stage: Type.String(),
  next: Nullable(Uuid(), { description: 'The binding planned next' }),
  changes: Type.Array(ChangeExplanationSchema)
}, { title: 'FrameExplanation' })

const FaultSchema = Type.Object({ field: Nullable(Type.String()), string: Type.String(), code: Type.String() })

/** What happened, and when. */
export const EventExplanationSchema = Type.Object({
  at: Instant('When'),
  event: Type.String({ description: 'started, challenge, refused, passed, taken_out, failed, restarted, denied, ended or cancelled' }),
  binding: Nullable(Uuid()),
  stage: Nullable(Type.String({ description: 'The name of its stage' })),
  text: Type.String({ description: 'The event in words' }),
  faults: Type.Optional(Type.Array(FaultSchema, { description: 'Of an answer that was refused' })),
  request: Type.Optional(Type.String({ description: 'Where a stage failed: the id of the request in the log' })),
  keptContext: Type.Optional(Type.Boolean({ description: 'Of a restart: whether the context was kept' })),
  message: Type.Optional(Type.String({ description: 'What was said where the run was denied' })),
  to: Type.Optional(Type.String({ description: 'Where the run ended' }))
}, { title: 'EventExplanation' })

const EndingSchema = Type.Object({
  kind: StringEnum(['redirected', 'denied', 'cancelled'] as const),
  to: Type.Optional(Type.String()),
  message: Type.Optional(Type.String())
})

/** A run, explained. */
export const ExplanationSchema = Type.Object({
  flow: Type.Object({
    pk: Uuid(), slug: Type.String(), name: Type.String(), title: Type.String(), designation: FlowDesignation
  }),
  run: Type.Object({
    startedAt: Instant('When it started'),
    movedAt: Instant('When it last changed'),
    expiresAt: Instant('When its age is up'),
    restarts: Type.Integer({ minimum: 0 }),
    recorded: Type.Boolean({ description: 'Whether it can be exported as a recording' }),
    ending: Nullable(EndingSchema)
  }),
  planning: PlanningExplanationSchema,
  bindings: Type.Array(BindingExplanationSchema, { description: 'In the order of the definition, the inserted ones where they came in' }),
  timeline: Type.Array(EventExplanationSchema),
  frames: Type.Array(FrameExplanationSchema),
  sinceLastFrame: Type.Array(ChangeExplanationSchema, { description: 'What has become of the context since the last frame' })
}, { title: 'FlowExplanation', description: 'Why a run is where it is' })

export type AskedVerdict = Static<typeof AskedVerdictSchema>
export type PolicyExplanation = Static<typeof PolicyExplanationSchema>
export type DecisionExplanation = Static<typeof DecisionExplanationSchema>
export type BindingState = typeof BINDING_STATES[number]
export type BindingExplanation = Static<typeof BindingExplanationSchema>
export type PlanningExplanation = Static<typeof PlanningExplanationSchema>
export type ChangeExplanation = Static<typeof ChangeExplanationSchema>
export type FrameExplanation = Static<typeof FrameExplanationSchema>
export type EventExplanation = Static<typeof EventExplanationSchema>
export type Explanation = Static<typeof ExplanationSchema>
