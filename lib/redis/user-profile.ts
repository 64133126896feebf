import { decodeContext, encodeContext } from '../context/codec.js'
import type { Profile } from '../users/account.js'

/** Attributes hold no secrets: what is wrapped in them is dropped. */
const NO_SECRETS = { keep: () => '' }
const NOBODY = { user: () => undefined, secret: () => undefined }

/** A profile as plain JSON; attributes may be what a plan's context may hold. */
export function encodeProfile (profile: Profile): object {
  return { ...profile, attributes: encodeContext({ ...profile.attributes }, NO_SECRETS) }
}

/** What {@link encodeProfile} made, read from JSON. */
export function decodeProfile (json: string): Profile {
  const stored = JSON.parse(json)
  return { ...stored, attributes: decodeContext(stored.attributes, NOBODY) }
}
