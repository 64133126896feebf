/** Keys by which a value could reach a prototype. */
const FORBIDDEN: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** Tells whether a key could reach a prototype. */
export function isForbiddenKey (key: string): boolean {
  return FORBIDDEN.has(key)
}

/** Tells whether a value is a mapping of keys to values: no list, no date, nothing of a class. */
export function isPlainObject (value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
