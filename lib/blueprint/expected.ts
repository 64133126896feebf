import { KindGuard, type TSchema } from '@sinclair/typebox'
import { referenceTarget } from '../model/references.js'

/** Says in words what a value of a schema is, for messages that refuse another one. */
export function describeExpected (schema: TSchema): string {
  const target = referenceTarget(schema)
  if (target !== undefined) return `a reference to a ${target} (its primary key)`
  if (Array.isArray(schema.enum)) return `one of ${schema.enum.join(', ')}`
  if (KindGuard.IsUnion(schema)) return schema.anyOf.map(describeExpected).join(' or ')
  if (KindGuard.IsLiteral(schema)) return JSON.stringify(schema.const)
  if (KindGuard.IsArray(schema)) return `a list${describeBounds(schema, 'Items')} of ${describeExpected(schema.items)}`
  if (KindGuard.IsObject(schema) || KindGuard.IsRecord(schema)) return 'a mapping'
  if (schema.type === 'string') return describeText(schema)
  if (schema.type === 'integer') return `a whole number${describeRange(schema)}`
  if (schema.type === 'number') return `a number${describeRange(schema)}`
  if (schema.type === 'boolean') return 'true or false'
  if (schema.type === 'null') return 'null'
  return 'a value of another type'
}

function describeText (schema: TSchema): string {
  if (schema.format === 'uuid') return 'a UUID'
  const pattern = schema.pattern === undefined ? '' : ` matching ${schema.pattern}`
  if (schema.minLength === 1 && schema.maxLength === undefined) return `text that is not blank${pattern}`
  return `text${describeBounds(schema, 'Length')}${pattern}`
}

function describeBounds (schema: TSchema, what: 'Length' | 'Items'): string {
  const unit = what === 'Length' ? 'characters' : 'items'
  const { [`min${what}`]: min, [`max${what}`]: max } = schema
  if (min !== undefined && max !== undefined) return ` of ${min} to ${max} ${unit}`
  if (min !== undefined) return ` of at least ${min} ${unit}`
  return max === undefined ? '' : ` of at most ${max} ${unit}`
}

function describeRange ({ minimum, maximum }: TSchema): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`
  if (minimum !== undefined) return ` from ${minimum}`
  return maximum === undefined ? '' : ` up to ${maximum}`
}
