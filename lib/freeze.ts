/** Freezes plain data, all the way down; what is frozen already ends the descent, so cycles do no harm. */
export function deepFreeze<T> (value: T): T {
  // Bytes cannot be frozen.
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value) && !ArrayBuffer.isView(value)) {
    Object.freeze(value)
    for (const member of Object.values(value)) deepFreeze(member)
  }
  return value
}
