/** Whether lists and objects are nested deeper than so many levels. Goes no deeper than that, so that nothing fills the stack. */
export function isDeeper (value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1))
}
