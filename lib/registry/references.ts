import type { TSchema } from '@sinclair/typebox'
import type { ReferenceTarget } from '../model/scalars.js'

/** A reference found in an object. */
export interface FoundReference {
  /** The field, in code spelling. */
  readonly field: string
  readonly target: ReferenceTarget
  readonly pk: string
}

/** Lists what the top-level fields of an object refer to: fields made by `Reference`, lists of them, nullable ones. */
export function referencesIn (schema: TSchema, value: Readonly<Record<string, unknown>>): FoundReference[] {
  const properties: unknown = schema['properties']
  if (!isRecord(properties)) return []
  return Object.entries(properties).flatMap(([field, property]) => {
    const target = referenceTarget(property)
    if (target === undefined) return []
    const held = value[field]
    const pks = Array.isArray(held) ? held : [held]
    return pks.filter((pk) => typeof pk === 'string').map((pk) => ({ field, target, pk }))
  })
}

/** What a field's schema refers to, looking into nullable fields and lists. */
export function referenceTarget (schema: unknown): ReferenceTarget | undefined {
  if (!isRecord(schema)) return undefined
  const { reference, items, anyOf } = schema
  if (isTarget(reference)) return reference
  const inner = Array.isArray(anyOf) ? anyOf : [items]
  for (const option of inner) {
    const found = option === undefined ? undefined : referenceTarget(option)
    if (found !== undefined) return found
  }
  return undefined
}

function isTarget (value: unknown): value is ReferenceTarget {
  return value === 'flow' || value === 'stage' || value === 'policy' || value === 'prompt' || value === 'group'
}

function isRecord (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
