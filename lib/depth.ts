import { isRecord } from './is-record.js'

/** Whether lists and objects are nested deeper than so many levels. Goes no deeper than that, so that nothing fills the stack. */
export function isDeeper (value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  if (Array.isArray(value)) return value.some((member) => isDeeper(member, levels - 1))
  if (!isRecord(value)) return false
  for (const name in value) {
    if (Object.hasOwn(value, name) && isDeeper(value[name], levels - 1)) return true
  }
  return false
}
