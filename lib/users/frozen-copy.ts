/** Freezes a value of plain data and everything in it; what is frozen already ends the descent, so cycles do no harm. */
function freezeDeep (value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return
  Object.freeze(value)
  for (const member of Object.values(value)) freezeDeep(member)
}

/** A copy that shares nothing with the original and that nobody can change. */
export function frozenCopy<T> (value: T): T {
  const copy = structuredClone(value)
  freezeDeep(copy)
  return copy
}
