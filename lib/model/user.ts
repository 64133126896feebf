import { Type, type Static } from '@sinclair/typebox'
import { Nullable, Reference, Text, Uuid } from './scalars.js'

/** The primary key of a user: a number in the original, a string where a host's own users have one. */
export type UserPk = number | string

/** A group that a user belongs to, itself or through a group below it. */
export interface UserGroup {
  readonly pk: string
  readonly name: string
  readonly isSuperuser: boolean
}

/**
 * Who a flow is about. `pk` is null for someone who is not stored: an identifier that matched nobody, or
 * somebody still to be enrolled.
 */
export interface Subject {
  readonly pk: UserPk | null
  readonly uuid: string
  readonly username: string
  readonly name: string
  readonly email: string
  readonly isActive: boolean
  readonly isSuperuser: boolean
  /** Every group, those above the user's own included. */
  readonly groups: readonly UserGroup[]
  readonly attributes: Readonly<Record<string, unknown>>
  /** ISO 8601; another one after every change of the password, however soon: the sign-ins of before end with it. */
  readonly passwordChangeDate: string
  readonly hasUsablePassword: boolean
}

/** A stored user. */
export interface User extends Subject {
  readonly pk: UserPk
  /**
   * Changes with every change of the user, of its memberships or of one of its groups. Without it plans for
   * this user are never cached.
   */
  readonly version?: string
}

/** A user as a definition file states it. Passwords are given to the user store and kept nowhere else. */
export const UserSeedSchema = Type.Object({
  uuid: Uuid(),
  username: Text(),
  name: Type.String({ default: '' }),
  email: Type.String({ default: '' }),
  password: Nullable(Type.String({ sensitive: true }), { default: null }),
  isActive: Type.Boolean({ default: true }),
  groups: Type.Array(Reference('group'), { default: [] }),
  attributes: Type.Record(Type.String(), Type.Unknown(), { default: {} })
}, { additionalProperties: false })

export interface UserSeed extends Static<typeof UserSeedSchema> {}
