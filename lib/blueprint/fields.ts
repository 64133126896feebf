import type { TObject } from '@sinclair/typebox'
import { Value, ValueErrorType } from '@sinclair/typebox/value'
import { describeExpected } from './expected.js'
import { isForbiddenKey, isPlainObject } from '../plain-object.js'

/** A field that does not fit its schema. Says what is right, never what was given: that may be a secret. */
export interface FieldFault {
  /** The field and, inside it, members and indices. */
  readonly path: readonly string[]
  readonly what: string
  /** Whether `what` is a whole sentence, and the path only says where it belongs. */
  readonly isSentence?: true
}

/** Fills in what a model's schema has defaults for; the values given are not changed, and those undefined left out. */
export function withDefaults (schema: TObject, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const filled: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) filled[name] = isData(value) ? Value.Clone(value) : value
  }
  for (const [name, field] of Object.entries(schema.properties)) {
    const value = isData(filled[name]) ? Value.Default(field, filled[name]) : filled[name]
    if (value !== undefined) filled[name] = value
  }
  return filled
}

/** Tells whether a value is nothing but texts, numbers, booleans, null, lists and mappings of them. */
function isData (value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isData)
  if (isPlainObject(value)) return Object.keys(value).every((key) => !isForbiddenKey(key) && isData(value[key]))
  return value === null || !['object', 'function', 'symbol', 'bigint'].includes(typeof value)
}

/** Tells what is wrong with the fields of an object, if anything is. */
export function findFault (schema: TObject, values: Readonly<Record<string, unknown>>): FieldFault | undefined {
  for (const [name, value] of Object.entries(values)) {
    if (!Object.hasOwn(schema.properties, name)) {
      return { path: [name], what: `is not known here, there are ${Object.keys(schema.properties).join(', ')}` }
    }
    if (!isData(value)) return { path: [name], what: 'must be plain data: texts, numbers, booleans, null, lists and mappings' }
  }
  // Looking for errors takes several times as long as finding that there is none.
  if (Value.Check(schema, values)) return undefined
  const error = Value.Errors(schema, values).First()
  if (error === undefined) return undefined
  const path = error.path.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const field = path[0] === undefined ? undefined : schema.properties[path[0]]
  if (error.type === ValueErrorType.ObjectAdditionalProperties) return { path, what: 'is not known here' }
  const expected = describeExpected(path.length === 1 && field !== undefined ? field : error.schema)
  const missing = error.type === ValueErrorType.ObjectRequiredProperty
  return { path, what: missing ? `is missing; it must be ${expected}` : `must be ${expected}` }
}
