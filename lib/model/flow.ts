import { Type, type Static } from '@sinclair/typebox'
import { Nullable, PolicyEngineModeSchema, StringEnum, Text, Uuid } from './scalars.js'

/** What a flow can be used for. */
export const FLOW_DESIGNATIONS = [
  'authentication', 'authorization', 'invalidation', 'enrollment', 'unenrollment', 'recovery', 'stage_configuration'
] as const

/** Where the page can put the challenge. */
export const FLOW_LAYOUTS = ['stacked', 'content_left', 'content_right', 'sidebar_left', 'sidebar_right'] as const

/** What can happen when a flow denies access. */
export const DENIED_ACTIONS = ['message_continue', 'message', 'continue'] as const

/** What a flow is used for. */
export const FlowDesignation = StringEnum(FLOW_DESIGNATIONS)

/** Where the page puts the challenge. */
export const FlowLayout = StringEnum(FLOW_LAYOUTS, { default: 'stacked' })

/** What happens when the flow denies access: a message, going on to `next`, or the one after the other. */
export const DeniedAction = StringEnum(DENIED_ACTIONS, { default: 'message_continue' })

/** Who may start the flow. */
export const FlowAuthentication = StringEnum([
  'none', 'require_authenticated', 'require_unauthenticated', 'require_superuser', 'require_redirect', 'require_outpost'
] as const, { default: 'none' })

/** The pattern of a slug, which is part of URLs. */
export const SLUG_PATTERN = '^[-a-zA-Z0-9_]+$'

/** The greatest length of a slug in characters. */
export const SLUG_MAX_LENGTH = 50

/** A flow: a name for the ordered stages bound to it. Fields and bounds are the published operation's. */
export const FlowSchema = Type.Object({
  pk: Uuid(),
  policybindingmodelPtrId: Uuid(),
  name: Text(),
  slug: Type.String({ pattern: SLUG_PATTERN, maxLength: SLUG_MAX_LENGTH }),
  title: Text(),
  designation: FlowDesignation,
  layout: FlowLayout,
  background: Nullable(Type.String({ maxLength: 500 }), { default: null }),
  compatibilityMode: Type.Boolean({ default: false }),
  deniedAction: DeniedAction,
  authentication: FlowAuthentication,
  policyEngineMode: PolicyEngineModeSchema
}, { additionalProperties: false })

export interface Flow extends Static<typeof FlowSchema> {}
