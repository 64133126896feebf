import { Secret, TOTP } from 'otpauth'
import type { Sensitive } from '../context/sensitive.js'

/** How long a code lasts, in milliseconds. */
const PERIOD = 30_000

/** How many periods a clock may be off, either way. */
const TOLERANCE = 1

/** Bytes of a seed: as long as the digest, as RFC 4226 recommends. */
export const SEED_LENGTH = 20

/** Who gives the codes out, as authenticator apps show it. */
const ISSUER = 'authentik'

/** A seed in the spelling that apps take. */
export function encodeSeed (bytes: Uint8Array): string {
  return new Secret({ buffer: Uint8Array.from(bytes).buffer }).base32
}

/** The link that a QR code holds, from which an app sets itself up. */
export function setupLink (seed: string, digits: 6 | 8, username: string): string {
  return new TOTP({ issuer: ISSUER, label: username, secret: seed, digits, algorithm: 'SHA1', period: PERIOD / 1000 }).toString()
}

/**
 * Finds the time step that a code belongs to, among those near now.
 *
 * @param code as typed; spaces do not count, and zeros that a number lost in front are put back.
 * @returns the step, or undefined where the code is none of theirs.
 */
export function findStep (seed: Sensitive, digits: 6 | 8, code: Sensitive, now: number): number | undefined {
  const secret = seed.reveal()
  const token = code.reveal()?.replaceAll(' ', '')
  if (secret === undefined || token === undefined || !/^\d{1,8}$/.test(token)) return undefined
  const delta = TOTP.validate({
    token: token.padStart(digits, '0'), secret: Secret.fromBase32(secret), digits, timestamp: now, window: TOLERANCE
  })
  return delta === null ? undefined : Math.floor(now / PERIOD) + delta
}
