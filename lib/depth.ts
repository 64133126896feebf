/** Whether lists and objects are nested deeper than so many levels. Goes level by level, so that no depth fills the stack. */
export function isDeeper (value: unknown, levels: number): boolean {
  let level = [value].filter(isNested)
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === levels) return true
    level = level.flatMap((nested) => Object.values(nested).filter(isNested))
  }
  return false
}

function isNested (value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
