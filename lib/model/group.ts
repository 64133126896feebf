import { Type, type Static } from '@sinclair/typebox'
import { Nullable, Reference, Text, Uuid } from './scalars.js'

/** A group of users. Members of a group below it count as members of it. */
export const GroupSchema = Type.Object({
  pk: Uuid(),
  name: Text(),
  isSuperuser: Type.Boolean({ default: false }),
  parent: Nullable(Reference('group'), { default: null }),
  attributes: Type.Record(Type.String(), Type.Unknown(), { default: {} })
}, { additionalProperties: false })

export interface Group extends Static<typeof GroupSchema> {}
