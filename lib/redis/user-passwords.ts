import type { Sensitive } from '../context/sensitive.js'
import type { UserPk } from '../model/user.js'
import { hashPassword, needsRehash, SALT_LENGTH, verifyHash } from '../users/password-hash.js'
import type { RedisConnection } from './connection.js'
import { RENEW } from './user-scripts.js'

/** Hashes of users' passwords, in the users' own hashes. */
export class RedisUserPasswords {
  readonly #redis: RedisConnection
  readonly #randomBytes: (length: number) => Uint8Array

  constructor (redis: RedisConnection, randomBytes: (length: number) => Uint8Array) {
    this.#redis = redis
    this.#randomBytes = randomBytes
  }

  /** The hash of a password, as it is stored. */
  async hash (password: Sensitive, pk: UserPk): Promise<string> {
    return this.#redis.encode(await hashPassword(password, this.#randomBytes(SALT_LENGTH)), boundTo(pk))
  }

  /**
   * Tells whether a password is the user's, with the same work where there is no user or no password.
   *
   * @param key where the user is; where there is none, one that nobody has.
   */
  async verify (key: string, pk: UserPk | undefined, password: Sensitive): Promise<boolean> {
    const [stored] = await this.#redis.read(key, 'password')
    const hash = stored == null || pk === undefined ? undefined : this.#open(stored, pk)
    const matches = await verifyHash(hash, password)
    // A password that was changed, or a user that was deleted, while the hash was computed is no longer good.
    const [now] = await this.#redis.read(key, 'password')
    if (!matches || pk === undefined || hash === undefined || stored == null || now !== stored) return false
    if (await needsRehash(hash)) await this.#redis.run(RENEW, [key], [stored, await this.hash(password, pk)])
    return true
  }

  #open (stored: string, pk: UserPk): string {
    return String(JSON.parse(this.#redis.jsonOf(stored, boundTo(pk))))
  }
}

function boundTo (pk: UserPk): string {
  return `password ${pk}`
}
