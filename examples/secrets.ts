import { createHash, randomBytes } from 'node:crypto'

/** What the processes that share a Redis must have in common, and nobody else may know. */
export interface Secrets {
  /** Signs session cookies. */
  readonly session: string
  /** Keys of 32 bytes that encrypt what is stored; the first seals, all open. */
  readonly seal: readonly Uint8Array[]
  /** What the keys in Redis begin with: another one for other seal keys, because those could not read what is there. */
  readonly keyPrefix: string
}

/**
 * Takes the secrets from the environment: `SESSION_SECRET` (32 characters at least) and `SEAL_KEYS` (64 hex digits each, commas
 * between). What is not there is made anew, and then what is in Redis is of no use to the next start.
 */
export function readSecrets (env: Readonly<Record<string, string | undefined>>): Secrets {
  const session = env['SESSION_SECRET'] ?? randomBytes(32).toString('hex')
  const seal = (env['SEAL_KEYS'] ?? randomBytes(32).toString('hex')).split(',').map((key) => Buffer.from(key, 'hex'))
  return { session, seal, keyPrefix: `flows-${nameOf(seal)}:` }
}

/** The same secrets as an environment, for another process. */
export function environmentOf ({ session, seal }: Secrets): Record<string, string> {
  return { SESSION_SECRET: session, SEAL_KEYS: seal.map((key) => Buffer.from(key).toString('hex')).join(',') }
}

/** A name that follows from the last key, which is the oldest: it stays when a new one is put first. */
function nameOf (seal: readonly Uint8Array[]): string {
  return createHash('sha256').update('name').update(seal.at(-1) ?? '').digest('hex').slice(0, 12)
}
