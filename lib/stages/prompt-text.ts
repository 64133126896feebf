import { Sensitive } from '../context/sensitive.js'

/**
 * A value as the original shows it: `True` and `False` for booleans, nothing for what is absent or secret, JSON for
 * lists and objects.
 */
export function promptText (value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (value === null || typeof value !== 'object' || value instanceof Sensitive) return ''
  try {
    return (value instanceof Date ? value.toISOString() : JSON.stringify(value)) ?? ''
  } catch {
    return '' // a cycle, an invalid date: nothing that could be shown
  }
}
