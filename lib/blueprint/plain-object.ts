import { Foreign } from './foreign.js'

/** Keys by which a value could reach a prototype; a definition never holds them. */
const FORBIDDEN: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** Tells whether a key could reach a prototype. */
export function isForbiddenKey (key: string): boolean {
  return FORBIDDEN.has(key)
}

/** Tells whether a value is a mapping of keys to values. */
export function isPlainObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) &&
    (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)
}

/**
 * Merges as the original does: mappings member by member, lists end to end, and whatever else is replaced.
 * Neither value is changed.
 */
export function mergeDeep (base: unknown, addition: unknown): unknown {
  if (Array.isArray(base) && Array.isArray(addition)) return [...base, ...addition]
  if (!isPlainObject(base) || !isPlainObject(addition)) return addition
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(addition)) {
    merged[key] = Object.hasOwn(merged, key) ? mergeDeep(merged[key], value) : value
  }
  return merged
}

/**
 * Truth as the original's language has it: zero, empty texts, empty lists and empty mappings are false. So is what
 * `!Find` cannot find because its model is unknown.
 */
export function isTruthy (value: unknown): boolean {
  if (value instanceof Foreign) return value.tag === '!KeyOf'
  if (Array.isArray(value)) return value.length > 0
  if (isPlainObject(value)) return Object.keys(value).length > 0
  return Boolean(value)
}
