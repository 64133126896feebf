import { KindGuard, type TObject, type TSchema } from '@sinclair/typebox'
import { Value, ValueErrorType } from '@sinclair/typebox/value'
import { describeExpected } from './expected.js'

/** A field that does not fit its schema. Says what is right, never what was given: that may be a secret. */
export interface FieldFault {
  /** The field and, inside it, members and indices. */
  readonly path: readonly string[]
  readonly what: string
}

/** Fills in what a model's schema has defaults for; the values given are not changed. */
export function withDefaults (schema: TObject, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const filled = Value.Default(schema, Value.Clone(values))
  return typeof filled === 'object' && filled !== null ? Object.fromEntries(Object.entries(filled)) : {}
}

/** Tells what is wrong with the fields of an object, if anything is. */
export function findFault (schema: TObject, values: Readonly<Record<string, unknown>>): FieldFault | undefined {
  for (const name of Object.keys(values)) {
    if (!Object.hasOwn(schema.properties, name)) {
      return { path: [name], what: `there is no such field; there are ${Object.keys(schema.properties).join(', ')}` }
    }
  }
  const error = Value.Errors(schema, values).First()
  if (error === undefined) return undefined
  const path = error.path.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const field = path[0] === undefined ? undefined : schema.properties[path[0]]
  if (error.type === ValueErrorType.ObjectAdditionalProperties) return { path, what: 'there is no such member' }
  const expected = describeExpected(path.length === 1 && field !== undefined ? field : error.schema)
  const missing = error.type === ValueErrorType.ObjectRequiredProperty
  return { path, what: missing ? `is missing; it must be ${expected}` : `must be ${expected}` }
}

/** Tells whether a field's value must be shown to nobody. */
export function isSensitive (schema: TSchema): boolean {
  if (schema.sensitive === true) return true
  return KindGuard.IsUnion(schema) && schema.anyOf.some(isSensitive)
}
