import { deepFreeze } from '../freeze.js'

/** A copy that shares nothing with the original and that nobody can change. */
export function frozenCopy<T> (value: T): T {
  return deepFreeze(structuredClone(value))
}
