import { FormatRegistry } from '@sinclair/typebox'
import { OptionsError } from '../errors.js'

/**
 * Refuses a kind of which a schema has a format that is not known: TypeBox would let no text pass, and say nothing. A schema
 * that is made for the turn cannot be looked at.
 *
 * @throws OptionsError
 */
export function requireKnownFormats (kind: string, schemas: readonly unknown[]): void {
  const unknown = schemas.flatMap(formatsIn).find((format) => !FormatRegistry.Has(format))
  if (unknown === undefined) return
  throw new OptionsError(
    `the kind '${kind}' has the format '${unknown}', which is not known: register it with the FormatRegistry of fastify-flow-planner/stages`)
}

/** Formats of texts anywhere in a schema. */
function formatsIn (schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const isText = 'type' in schema && schema.type === 'string'
  const own = isText && 'format' in schema && typeof schema.format === 'string' ? [schema.format] : []
  return [...own, ...Object.values(schema).flatMap(formatsIn)]
}
