import type { Sensitive } from '../context/sensitive.js'
import { SealError } from '../errors.js'

/** Argon2id with 19 MiB, two passes and one lane: OWASP's first choice, about 13 ms of one core. */
const PARAMETERS = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 } as const

/** How many random bytes {@link hashPassword} wants as salt. */
export const SALT_LENGTH = 16

/**
 * What a password is checked against where there is nobody to check it for. Salt and digest are arbitrary bytes, so no
 * password is known that fits; the check costs what a real one costs because the parameters are the same.
 */
export const DECOY_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$ZmZwbGFubmVyLWRlY295IQ$9Lr0o2m8Z1vXUO3kz5sYJ7Qd0cWnT4hRbE6gAyPxKiM'

/** The native module is loaded by the first hash, so that importing the package does not wait for it. */
const argon2 = () => import('@node-rs/argon2')

/**
 * Hashes a password for keeping.
 *
 * @param salt {@link SALT_LENGTH} unpredictable bytes, new for each call.
 * @returns the hash in PHC form, with its parameters.
 * @throws SealError where the password has been dropped since.
 */
export async function hashPassword (password: Sensitive, salt: Uint8Array): Promise<string> {
  const text = password.reveal()
  if (text === undefined) throw new SealError()
  const { hash } = await argon2()
  return await hash(text, { ...PARAMETERS, salt })
}

/**
 * Tells whether the password is the one that was hashed. Without a hash the answer is false after the same work.
 *
 * @param hash in PHC form, or undefined where there is no such user or the user has no password.
 */
export async function verifyHash (hash: string | undefined, password: Sensitive): Promise<boolean> {
  const text = password.reveal()
  const { verify } = await argon2()
  const matches = await verify(hash ?? DECOY_HASH, text ?? '')
  return matches && hash !== undefined && text !== undefined
}

/** Tells whether a hash was made with other parameters than those of today, and is to be renewed. */
export async function needsRehash (hash: string): Promise<boolean> {
  const { parseOptions } = await argon2()
  const made = parseOptions(hash)
  return made.algorithm !== PARAMETERS.algorithm || made.memoryCost !== PARAMETERS.memoryCost ||
    made.timeCost !== PARAMETERS.timeCost || made.parallelism !== PARAMETERS.parallelism ||
    made.outputLen !== PARAMETERS.outputLen
}

/** Whether a text is an argon2 hash in PHC form, as {@link verifyHash} takes it. */
export async function isPasswordHash (text: string): Promise<boolean> {
  const { parseOptions } = await argon2()
  try {
    parseOptions(text)
    return true
  } catch {
    return false
  }
}
