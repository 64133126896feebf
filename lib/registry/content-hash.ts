import { hash } from 'node:crypto'

/** Hashes plain data by content: the order of an object's keys makes no difference, that of a list does. */
export function contentHash (value: unknown): string {
  return hash('sha256', JSON.stringify(value, sortKeys), 'base64url')
}

function sortKeys (_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0))
}
