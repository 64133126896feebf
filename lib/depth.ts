/** Whether lists and objects are nested deeper than so many levels. Goes no deeper than that, so that nothing fills the stack. */
export function isDeeper (value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  for (const member of Object.values(value)) {
    if (isDeeper(member, levels - 1)) return true
  }
  return false
}
