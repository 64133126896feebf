import { Type, type Static } from '@sinclair/typebox'
import { Count, Int32, Nullable, Reference, Uuid } from './scalars.js'

/**
 * A policy, a group or a user attached to a flow or a stage binding; exactly one of the three is set.
 * `target` is the `pk` of the flow or of the stage binding.
 */
export const PolicyBindingSchema = Type.Object({
  pk: Uuid(),
  target: Uuid(),
  policy: Nullable(Reference('policy'), { default: null }),
  group: Nullable(Reference('group'), { default: null }),
  user: Nullable(Type.Union([Type.Integer(), Type.String({ minLength: 1 })]), { default: null }),
  enabled: Type.Boolean({ default: true }),
  negate: Type.Boolean({ default: false }),
  /** Seconds that the policy may take. */
  timeout: Count({ default: 30 }),
  /** Takes the place of an error, and is not negated. Where it is not stated, an error stays an error. */
  failureResult: Type.Optional(Type.Boolean()),
  order: Int32()
}, { additionalProperties: false })

export interface PolicyBinding extends Static<typeof PolicyBindingSchema> {}
