import { KindGuard, Type, type TObject, type TSchema } from '@sinclair/typebox'
import { toWireName } from './names.js'

/** The schema of what `toWire` makes of a value of this schema: the names of members are the wire's. */
export function toWireSchema (schema: TSchema): TSchema {
  if (KindGuard.IsObject(schema)) return objectSchema(schema)
  if (KindGuard.IsArray(schema)) return { ...schema, items: toWireSchema(schema.items) }
  return KindGuard.IsUnion(schema) ? { ...schema, anyOf: schema.anyOf.map(toWireSchema) } : schema
}

function objectSchema ({ properties, required, ...rest }: TObject): TSchema {
  const renamed = Object.entries(properties).map(([name, member]) => [toWireName(name), toWireSchema(member)])
  return { ...rest, ...Type.Object(Object.fromEntries(renamed)), required: (required ?? []).map(toWireName) }
}
