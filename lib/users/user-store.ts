import type { Sensitive } from '../context/sensitive.js'
import type { MaybePromise } from '../maybe-promise.js'
import type { Group } from '../model/group.js'
import type { User, UserPk } from '../model/user.js'

/** A field that somebody may be identified by; `upn` is the attribute of that name. */
export type UserField = 'username' | 'email' | 'upn'

export interface UserQuery {
  /** Any of these fields may match. */
  readonly fields: readonly UserField[]
  readonly value: string
  readonly caseInsensitive: boolean
}

/** What a new user is made of. */
export interface NewUser {
  /** Names the creation: the same key again gives the user that was created under it, and creates none. */
  readonly key?: string
  readonly username: string
  readonly name: string
  readonly email: string
  readonly isActive: boolean
  readonly attributes: Readonly<Record<string, unknown>>
  /** Primary keys of groups. */
  readonly groups: readonly string[]
  /**
   * What the user signs in with from the beginning, written with the user: no fault leaves one without the other. Where a store
   * passes it over, the password is set afterwards.
   */
  readonly password?: Sensitive
}

/** What may be changed of a user; what is left out stays. `groups` are added, never taken away. */
export interface UserChanges {
  readonly username?: string
  readonly name?: string
  readonly email?: string
  readonly isActive?: boolean
  readonly attributes?: Readonly<Record<string, unknown>>
  readonly groups?: readonly string[]
}

interface DeviceBase {
  readonly pk: string
  readonly name: string
  readonly confirmed: boolean
  /** ISO 8601, or null where it was never used. */
  readonly lastUsed: string | null
}

/** An authenticator app. */
export interface TotpDevice extends DeviceBase {
  readonly type: 'totp'
  /** The shared seed, base32. */
  readonly seed: Sensitive
  readonly digits: 6 | 8
}

/** A set of single-use codes; the codes themselves are the store's. */
export interface StaticDevice extends DeviceBase {
  readonly type: 'static'
}

export type Device = TotpDevice | StaticDevice

/** A device about to be stored. The same `key` again gives the device that was stored under it, and stores none. */
export type NewDevice = { readonly key?: string } & (
    | { readonly type: 'totp', readonly name: string, readonly seed: Sensitive, readonly digits: 6 | 8 }
    | { readonly type: 'static', readonly name: string, readonly tokens: readonly Sensitive[] })

/** What a user has agreed to for one application. */
export interface Consent {
  readonly application: string
  readonly permissions: readonly string[]
  /** Milliseconds since the epoch, or null where it never expires. */
  readonly expiresAt: number | null
}

/** Where users, their passwords, devices and consents are. The engine asks, the store decides and keeps. */
export interface UserStore {
  /** Gets ready what takes time; the plugin waits for it before the app is ready. */
  ready? (): Promise<void>
  /** Takes the groups of changed definitions over. */
  replaceGroups? (groups: readonly Group[]): void
  get (pk: UserPk): MaybePromise<User | undefined>
  /**
   * Takes the time of a {@link UserStore.get} and finds nobody: it is called where the user who was named is not there, so that
   * the wait does not tell. A store whose `get` takes no time that could be measured has no need of it.
   */
  getNobody? (): MaybePromise<void>
  /** The first user that one of the fields matches. */
  find (query: UserQuery): MaybePromise<User | undefined>
  /**
   * Tells whether the password is the user's. It must cost the same where there is no such user, where the user
   * has no password, and where it is wrong. A hash with parameters of the past may be renewed here.
   */
  verifyPassword (user: User | undefined, password: Sensitive): Promise<boolean>
  /**
   * @throws UsernameTakenError where another user has the username.
   */
  create (user: NewUser): MaybePromise<User>
  /**
   * @throws UsernameTakenError where another user has the username.
   * @throws UserNotFoundError
   */
  update (pk: UserPk, changes: UserChanges): MaybePromise<User>
  /** Sets the password, or takes it away (null), and with it `passwordChangeDate`. */
  setPassword (pk: UserPk, password: Sensitive | null): Promise<User>
  delete (pk: UserPk): MaybePromise<void>
  devices (pk: UserPk): MaybePromise<readonly Device[]>
  addDevice (pk: UserPk, device: NewDevice): MaybePromise<Device>
  /**
   * Marks a time step as used, atomically: true for the first caller only, and never for a step before one that
   * was used. This is what makes a code good once. Who used it may ask again under the same key.
   */
  useTotpStep (pk: UserPk, device: string, step: number, key?: string): MaybePromise<boolean>
  /** Takes a single-use code away, atomically: true for the first caller only, who may ask again under the same key. */
  useStaticToken (pk: UserPk, device: string, token: Sensitive, key?: string): MaybePromise<boolean>
  consent (pk: UserPk, application: string): MaybePromise<Consent | undefined>
  saveConsent (pk: UserPk, consent: Consent): MaybePromise<void>
}
