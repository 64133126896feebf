import type { User } from '../model/user.js'
import { frozenCopy } from './frozen-copy.js'
import type { GroupTree } from './group-tree.js'
import { MemoryDevices } from './memory-devices.js'
import type { Consent } from './user-store.js'

/** What is stated of a user; the rest of a {@link User} is derived. */
export interface Profile extends Omit<User, 'groups' | 'isSuperuser' | 'version'> {
  readonly pk: number
  /** Primary keys of the user's own groups. */
  readonly memberships: readonly string[]
}

/** A user of the memory store and what belongs to it. */
export interface Account {
  profile: Profile
  /** Frozen, and replaced with every change. */
  user: User
  passwordHash: string | undefined
  readonly devices: MemoryDevices
  readonly consents: Map<string, Consent>
}

/** The user that a profile and the groups make. */
export function userOf (profile: Profile, tree: GroupTree, version: string): User {
  const { memberships, ...stated } = profile
  const groups = tree.withAncestors(memberships)
  return frozenCopy({ ...stated, groups, isSuperuser: groups.some((group) => group.isSuperuser), version })
}

/** An account with nothing in it yet but the user. */
export function newAccount (profile: Profile, user: User): Account {
  return { profile, user, passwordHash: undefined, devices: new MemoryDevices(), consents: new Map() }
}
