import { KindGuard, type TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { isPlainObject } from '../plain-object.js'
import type { ReferenceTarget } from './scalars.js'

const TARGETS: readonly ReferenceTarget[] = ['flow', 'stage', 'policy', 'prompt', 'group']

/** What a schema made by `Reference` points at; undefined for every other schema. */
export function referenceTarget (schema: TSchema): ReferenceTarget | undefined {
  const { reference } = schema
  return reference === undefined ? undefined : TARGETS.find((target) => target === reference)
}

/** Where a reference stands in a value: the names of members and the indices of items that lead to it. */
export type ReferencePath = readonly (string | number)[]

/**
 * Gives what a reference becomes; undefined takes it out: of a list as an item, elsewhere by null.
 */
export type ReferenceMapping = (target: ReferenceTarget, value: unknown, path: ReferencePath) => unknown

/** Replaces each reference in a value, as its schema says where they are; the value itself is not changed. */
export function mapReferences (schema: TSchema, value: unknown, map: ReferenceMapping, path: ReferencePath = []): unknown {
  if (value === null || value === undefined) return value
  const target = referenceTarget(schema)
  if (target !== undefined) return map(target, value, path) ?? null
  if (KindGuard.IsUnion(schema)) return mapUnion(schema.anyOf, value, map, path)
  if (KindGuard.IsArray(schema) && Array.isArray(value)) return mapItems(schema.items, value, map, path)
  if (KindGuard.IsObject(schema) && isPlainObject(value)) {
    const { properties } = schema
    return Object.fromEntries(Object.entries(value).map(([key, member]) => {
      const memberSchema = Object.hasOwn(properties, key) ? properties[key] : undefined
      return [key, memberSchema === undefined ? member : mapReferences(memberSchema, member, map, [...path, key])]
    }))
  }
  return value
}

function mapUnion (branches: readonly TSchema[], value: unknown, map: ReferenceMapping, path: ReferencePath): unknown {
  const branch = branches.find((candidate) => holdsReferences(candidate) && looksLike(candidate, value))
  const isOther = branches.some((candidate) => !holdsReferences(candidate) && Value.Check(candidate, value))
  return branch === undefined || isOther ? value : mapReferences(branch, value, map, path)
}

function mapItems (schema: TSchema, items: readonly unknown[], map: ReferenceMapping, path: ReferencePath): unknown[] {
  if (!holdsReferences(schema)) return [...items]
  const mapped = items.map((item, index) => mapReferences(schema, item, map, [...path, index]))
  return mapped.filter((item, index) => item !== null || items[index] === null)
}

function looksLike (schema: TSchema, value: unknown): boolean {
  if (KindGuard.IsArray(schema)) return Array.isArray(value)
  return referenceTarget(schema) !== undefined || isPlainObject(value)
}

/** Tells whether values of a schema can hold references. */
export function holdsReferences (schema: TSchema): boolean {
  if (referenceTarget(schema) !== undefined) return true
  if (KindGuard.IsUnion(schema)) return schema.anyOf.some(holdsReferences)
  if (KindGuard.IsArray(schema)) return holdsReferences(schema.items)
  return KindGuard.IsObject(schema) && Object.values(schema.properties).some(holdsReferences)
}

/** A reference found in an object. */
export interface FoundReference {
  /** The object's own field that holds it, itself or inside. */
  readonly field: string
  readonly target: ReferenceTarget
  readonly pk: string
}

/** Lists what an object refers to. */
export function referencesIn (schema: TSchema, value: object): FoundReference[] {
  const found: FoundReference[] = []
  mapReferences(schema, { ...value }, (target, pk, [field]) => {
    if (typeof pk === 'string') found.push({ field: String(field), target, pk })
    return pk
  })
  return found
}
