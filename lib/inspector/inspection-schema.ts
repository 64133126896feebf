import { Type, type Static } from '@sinclair/typebox'
import { DENIED_ACTIONS, FLOW_DESIGNATIONS, FLOW_LAYOUTS, SLUG_MAX_LENGTH, SLUG_PATTERN } from '../model/flow.js'
import { Annotated, AnyObject, Int32, StringEnum, Uuid } from '../model/scalars.js'
import { INVALID_RESPONSE_ACTIONS } from '../model/stage-binding.js'

/*
 * The bodies of the published operation `flows_inspector_get`, in wire spelling, with its names, types, titles and
 * limits; the descriptions are ours. One departure: `next_planned_stage` is not required (CONTRACT.md section 2).
 */

const readOnly = { readOnly: true }
const Mode = Type.Optional(StringEnum(['all', 'any'] as const, { title: 'PolicyEngineMode' }))

/** A flow, as the list of the flows that use a stage shows it. */
export const FlowSetSchema = Type.Object({
  pk: Uuid({ ...readOnly, title: 'Flow uuid' }),
  policybindingmodel_ptr_id: Uuid(readOnly),
  name: Type.String(),
  slug: Type.String({ maxLength: SLUG_MAX_LENGTH, pattern: SLUG_PATTERN, description: 'Part of the URLs of the flow' }),
  title: Type.String({ description: 'What the page of the flow is headed with' }),
  designation: Annotated(StringEnum(FLOW_DESIGNATIONS, { title: 'FlowDesignationEnum' }), { description: 'What the flow is used for' }),
  background: Type.String({ ...readOnly, description: 'URL of the background image' }),
  policy_engine_mode: Mode,
  compatibility_mode: Type.Optional(Type.Boolean({ description: 'Whether the page helps password managers on phones' })),
  export_url: Type.String({ ...readOnly, description: 'URL that exports the flow as a blueprint' }),
  layout: Type.Optional(StringEnum(FLOW_LAYOUTS, { title: 'FlowLayoutEnum' })),
  denied_action: Type.Optional(Annotated(StringEnum(DENIED_ACTIONS, { title: 'DeniedActionEnum' }), {
    description: 'What happens when the flow denies access'
  }))
}, { title: 'FlowSet', description: 'A flow in short' })

/** A stage. */
export const StageViewSchema = Type.Object({
  pk: Uuid({ ...readOnly, title: 'Stage uuid' }),
  name: Type.String(),
  component: Type.String({ ...readOnly, description: 'Element that edits the stage' }),
  verbose_name: Type.String({ ...readOnly, description: 'Name of the kind' }),
  verbose_name_plural: Type.String({ ...readOnly, description: 'Name of the kind, for several' }),
  meta_model_name: Type.String({ ...readOnly, description: 'Model of the kind' }),
  flow_set: Type.Optional(Type.Array(FlowSetSchema))
}, { title: 'Stage', description: 'A stage' })

/** A stage binding. */
export const StageBindingViewSchema = Type.Object({
  pk: Uuid({ ...readOnly, title: 'Fsb uuid' }),
  policybindingmodel_ptr_id: Uuid(readOnly),
  target: Uuid(),
  stage: Uuid(),
  stage_obj: Annotated(StageViewSchema, readOnly),
  evaluate_on_plan: Type.Optional(Type.Boolean({ description: 'Whether its policies are asked while the flow is planned' })),
  re_evaluate_policies: Type.Optional(Type.Boolean({ description: 'Whether its policies are asked when its turn comes' })),
  order: Int32(),
  policy_engine_mode: Mode,
  invalid_response_action: Type.Optional(Annotated(StringEnum(INVALID_RESPONSE_ACTIONS, { title: 'InvalidResponseActionEnum' }), {
    description: 'What an invalid answer does to the run'
  }))
}, { title: 'FlowStageBinding', description: 'A stage at an order in a flow' })

/** A plan as it stood at one moment. */
export const PlanViewSchema = Type.Object({
  current_stage: Annotated(StageBindingViewSchema, readOnly),
  next_planned_stage: Type.Optional(Annotated(StageBindingViewSchema, readOnly)),
  plan_context: AnyObject({ ...readOnly, description: 'Context of the plan, sanitised' }),
  session_id: Type.String({ ...readOnly, description: 'Names the session, and gives nothing of it away' })
}, { title: 'FlowInspectorPlan', description: 'A recorded plan' })

/** The body of a 200. */
export const InspectionSchema = Type.Object({
  plans: Type.Array(PlanViewSchema),
  current_plan: Type.Optional(PlanViewSchema),
  is_completed: Type.Boolean()
}, { title: 'FlowInspection', description: 'The recorded plans of a run' })

/** The body of a refusal. */
export const ErrorBodySchema = Type.Object({
  detail: Type.String(),
  code: Type.Optional(Type.String())
}, { title: 'GenericError', description: 'What went wrong' })

export type FlowSetView = Static<typeof FlowSetSchema>
export type StageBindingView = Static<typeof StageBindingViewSchema>
export type PlanView = Static<typeof PlanViewSchema>
export type Inspection = Static<typeof InspectionSchema>
