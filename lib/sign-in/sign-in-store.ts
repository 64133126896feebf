import type { MaybePromise } from '../maybe-promise.js'
import type { UserPk } from '../model/user.js'

/**
 * That somebody is signed in. The browser session only names the record: a session that a late request has written back
 * after the sign-out names a record that is gone.
 */
export interface SignInRecord {
  readonly user: UserPk
  /** Milliseconds since the epoch. */
  readonly signedInAt: number
  readonly expiresAt: number
}

/** Where sign-ins are. */
export interface SignInStore {
  load (id: string): MaybePromise<SignInRecord | undefined>
  create (id: string, record: SignInRecord): MaybePromise<void>
  delete (id: string): MaybePromise<void>
  /** Ends every sign-in of a user. */
  deleteAllOf (user: UserPk): MaybePromise<void>
}
