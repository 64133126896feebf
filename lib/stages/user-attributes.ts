import { Sensitive } from '../context/sensitive.js'
import { isForbiddenKey, isPlainObject } from '../plain-object.js'

type Attributes = Readonly<Record<string, unknown>>

/**
 * Where in a user's attributes a key of the prompt data belongs: `attributes.a.b` and `attributes_a_b` are a path, where
 * dots are given only they divide. Undefined for keys that are no attribute, or none that may be written.
 */
export function attributePath (key: string): readonly string[] | undefined {
  const match = /^attributes([._])(.+)$/s.exec(key)
  if (match === null) return undefined
  const [, divider = '.', rest = ''] = match
  const path = rest.split(divider)
  return path.every((segment) => segment !== '' && !isForbiddenKey(segment)) ? path : undefined
}

/** The attributes with a value set at a path; what stood in the way of the path is replaced. */
export function withAttribute (attributes: Attributes, path: readonly string[], value: unknown): Attributes {
  const [head, ...rest] = path
  if (head === undefined) return attributes
  if (rest.length === 0) return { ...attributes, [head]: value }
  const inner = Object.hasOwn(attributes, head) ? attributes[head] : undefined
  return { ...attributes, [head]: withAttribute(isPlainObject(inner) ? inner : {}, rest, value) }
}

/** Both, the added ones winning, objects merged at every depth. Secrets and keys that would reach a prototype are left out. */
export function mergedAttributes (attributes: Attributes, added: Attributes): Attributes {
  const merged: Record<string, unknown> = { ...attributes }
  for (const [key, value] of Object.entries(added)) {
    if (isForbiddenKey(key) || value instanceof Sensitive) continue
    const present = Object.hasOwn(merged, key) ? merged[key] : undefined
    merged[key] = isPlainObject(value) ? mergedAttributes(isPlainObject(present) ? present : {}, value) : value
  }
  return merged
}
