import { Type, type Static } from '@sinclair/typebox'
import { Text, Uuid } from './scalars.js'

/** A stage: one step of a flow. `options` are those of its kind, validated against the kind's own schema. */
export const StageSchema = Type.Object({
  pk: Uuid(),
  name: Text(),
  kind: Text(),
  options: Type.Record(Type.String(), Type.Unknown(), { default: {} })
}, { additionalProperties: false })

export interface Stage extends Static<typeof StageSchema> {}
