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
  /**
   * The user's `passwordChangeDate` as it was then: a sign-in is good only as long as it still is. Two texts are compared, so
   * no clock of a process need agree with that of a user store.
   */
  readonly passwordChangeDate: string
}

/** Where sign-ins are. */
export interface SignInStore {
  load (id: string): MaybePromise<SignInRecord | undefined>
  create (id: string, record: SignInRecord): MaybePromise<void>
  /** Puts a record in the place of one that is there, atomically; where there is none any more, nothing is kept. */
  replace (id: string, record: SignInRecord): MaybePromise<void>
  delete (id: string): MaybePromise<void>
  /** Ends every sign-in of a user. */
  deleteAllOf (user: UserPk): MaybePromise<void>
}
