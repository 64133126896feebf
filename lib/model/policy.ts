import { Type, type Static } from '@sinclair/typebox'
import { Text, Uuid } from './scalars.js'

/** A policy: a question with the answers pass and fail. `options` are those of its kind. */
export const PolicySchema = Type.Object({
  pk: Uuid(),
  name: Text(),
  kind: Text(),
  executionLogging: Type.Boolean({ default: false }),
  options: Type.Record(Type.String(), Type.Unknown(), { default: {} })
}, { additionalProperties: false })

export interface Policy extends Static<typeof PolicySchema> {}
