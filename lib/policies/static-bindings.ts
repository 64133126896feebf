import type { UserPk } from '../model/user.js'
import type { PreparedPolicy } from './policy-kind.js'

/** Passes for members of a group, or of any group below it: a user's groups hold those above its own. */
export function groupMembership (group: string): PreparedPolicy {
  return { pure: true, evaluate: ({ user }) => user !== null && user.groups.some(({ pk }) => pk === group) }
}

/** Passes for one user, named by primary key or UUID. */
export function sameUser (pk: UserPk): PreparedPolicy {
  return { pure: true, evaluate: ({ user }) => user !== null && user.pk !== null && (user.pk === pk || user.uuid === pk) }
}
