import { parse as uuidBytes, v5 as uuidV5 } from 'uuid'

/** The namespace of every derived key; changing it would change every key of every definition. */
const NAMESPACE = uuidBytes('b0a4e3a7-5c1f-4b62-9d2e-7f3f0f8f5a11')

/**
 * Derives the primary key of a defined object from its model and identifiers, so that every process that
 * loads the same definitions has the same keys (CONTRACT.md section 8).
 */
export function derivedKey (model: string, ...identifiers: readonly (string | number | null)[]): string {
  // In bytes, which the library would make of a text one at a time: every object of a definition has a key.
  return uuidV5(Buffer.from(JSON.stringify([model.toLowerCase(), ...identifiers])), NAMESPACE)
}
