import type { Sensitive } from '../context/sensitive.js'
import type { User } from '../model/user.js'
import type { UserStore } from '../users/user-store.js'

/**
 * Checks a password. An unknown user, an inactive one and one without a password cost what a wrong password costs.
 *
 * @returns the user as it is after the check, or undefined where the password proves nothing.
 */
export async function provePassword (
  users: UserStore, user: User | undefined, password: Sensitive
): Promise<User | undefined> {
  const matches = await users.verifyPassword(user, password)
  if (!matches || user === undefined) return undefined
  const fresh = await users.get(user.pk)
  return fresh?.isActive === true ? fresh : undefined
}
