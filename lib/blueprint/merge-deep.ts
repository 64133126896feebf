import { isPlainObject } from '../plain-object.js'

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
