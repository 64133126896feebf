import { isPlainObject } from '../plain-object.js'
import { Foreign } from './foreign.js'

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
