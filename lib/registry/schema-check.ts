import type { TSchema } from '@sinclair/typebox'
import { Value, type ValueError } from '@sinclair/typebox/value'
import { DefinitionError } from '../errors.js'

/**
 * Refuses a value that its schema does not allow.
 *
 * @throws DefinitionError that names the object, the field and what would be right.
 */
export function requireValid (schema: TSchema, value: unknown, where: string): void {
  if (Value.Check(schema, value)) return
  const fault = Value.Errors(schema, value).First()
  throw new DefinitionError(where, fault === undefined ? 'is not valid' : describeFault(fault))
}

/**
 * The options of a stage or policy with the defaults of its kind filled in; those given are not changed.
 *
 * @throws DefinitionError where they do not fit the kind.
 */
export function filledOptions (
  schema: TSchema, options: Readonly<Record<string, unknown>>, where: string
): Record<string, unknown> {
  const filled: unknown = Value.Default(schema, structuredClone(options))
  requireValid(schema, filled, where)
  return { ...Object(filled) }
}

/** What is wrong, in words: the field, and what it may be. */
export function describeFault (fault: ValueError): string {
  const field = fault.path.slice(1).replaceAll('/', '.')
  const allowed: unknown = fault.schema['enum']
  const what = Array.isArray(allowed) ? `expected one of ${allowed.join(', ')}` : lowerFirst(fault.message)
  return field === '' ? what : `field '${field}': ${what}`
}

function lowerFirst (text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
