import { isDeepStrictEqual } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import type { Profile } from '../users/account.js'

/** A profile as it is stored, with its attributes in one of two forms. */
type StoredProfile = Omit<Profile, 'attributes'> & (
  | { readonly attributes: Profile['attributes'] }
  /** What `serialize` of `node:v8` makes of them, in base64. */
  | { readonly cloned: string }
)

/**
 * A profile as plain JSON, with whatever attributes the store in memory keeps. Those that JSON would not give back as they
 * are, such as dates and bytes, are stored by the algorithm by which memory copies them.
 *
 * @throws DataCloneError where an attribute cannot be copied, such as a function.
 */
export function encodeProfile ({ attributes, ...facts }: Profile): StoredProfile {
  const copy = structuredClone(attributes)
  return isJson(copy) ? { ...facts, attributes: copy } : { ...facts, cloned: serialize(copy).toString('base64') }
}

/** What {@link encodeProfile} made, read from JSON. */
export function decodeProfile (json: string): Profile {
  const stored: StoredProfile = JSON.parse(json)
  if ('attributes' in stored) return stored
  const { cloned, ...facts } = stored
  // Bytes among the attributes are views of these: a copy, because a small buffer is a view of what others use too.
  return { ...facts, attributes: deserialize(new Uint8Array(Buffer.from(cloned, 'base64'))) }
}

/** Whether JSON gives a value back as it is. */
function isJson (value: unknown): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(JSON.stringify(value)), value)
  } catch {
    // JSON has no form at all for some, such as a big integer or a cycle.
    return false
  }
}
