/** `policyEngineMode` as the wire writes it: `policy_engine_mode`. Most names are one word, and are seen through quickly. */
export function toWireName (name: string): string {
  return !/[A-Z]/.test(name) ? name : name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** `policy_engine_mode` as code writes it: `policyEngineMode`. */
export function fromWireName (name: string): string {
  return name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase())
}

/** A value whose keys are not ours to rename. */
export class Verbatim {
  readonly value: unknown

  constructor (value: unknown) {
    this.value = value
  }
}

/** Keeps the keys inside `value` as they are when it is put on the wire. */
export function verbatim (value: unknown): Verbatim {
  return new Verbatim(value)
}

/** Renames the keys of plain objects, at any depth, for the wire; undefined members are left out. */
export function toWire (value: unknown): unknown {
  if (value instanceof Verbatim) return value.value
  if (Array.isArray(value)) return value.map(toWire)
  if (typeof value !== 'object' || value === null) return value
  const wire: Record<string, unknown> = {}
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined) wire[toWireName(key)] = toWire(member)
  }
  return wire
}
