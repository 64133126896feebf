import type { Sensitive } from '../context/sensitive.js'
import { UsernameTakenError, UserNotFoundError } from '../errors.js'
import type { MaybePromise } from '../maybe-promise.js'
import { derivedKey } from '../model/keys.js'
import type { User, UserGroup, UserPk } from '../model/user.js'
import { matchesQuery } from '../users/query-match.js'
import type { Consent, Device, NewDevice, NewUser, UserChanges, UserQuery, UserStore } from '../users/user-store.js'
import { DryDevices } from './dry-devices.js'
import type { EffectLog } from './effect-log.js'
import { isRightStandIn } from './stand-in.js'

/** What a dry walk reads of a user store. */
export type UserReads = Pick<UserStore, 'get' | 'find' | 'verifyPassword' | 'devices' | 'consent'>

export interface DryUsersOptions {
  readonly base: UserReads
  readonly log: EffectLog
  readonly now: () => number
  /** The groups of these keys, with those above them. */
  readonly groups: (pks: readonly string[]) => readonly UserGroup[]
  /** The primary key of the user that is created as the n-th. Defaults to numbers below zero, which no store gives. */
  readonly newPk?: ((index: number) => UserPk) | undefined
  /** Whether a stored device takes a right stand-in. Defaults to every one. */
  readonly takesCode?: ((device: string) => boolean) | undefined
  /** Whether nobody can be given this username, although nobody is known to have it. Defaults to no. */
  readonly isRefused?: ((username: string) => boolean) | undefined
  /** Whether a password that is no stand-in is checked by the store. Defaults to no: nobody can try passwords out here. */
  readonly checksPasswords?: boolean
}

/**
 * Users for a dry walk. Reads go through to the store; writes stay here, where later stages find them, and are listed as
 * effects. Where a look-up finds a stored user that the walk has changed so that it no longer fits, nobody is found.
 */
export class DryUsers implements UserStore {
  readonly #options: DryUsersOptions
  /** Users that the walk has written; null for one that it has deleted. */
  readonly #written = new Map<UserPk, User | null>()
  readonly #passwords = new Map<UserPk, Sensitive>()
  readonly #consents = new Map<string, Consent>()
  readonly #devices: DryDevices
  #created = 0

  constructor (options: DryUsersOptions) {
    this.#options = options
    this.#devices = new DryDevices(options.takesCode)
  }

  get (pk: UserPk): MaybePromise<User | undefined> {
    const written = this.#written.get(pk)
    return written === undefined ? this.#options.base.get(pk) : written ?? undefined
  }

  async find (query: UserQuery): Promise<User | undefined> {
    const stored = await this.#options.base.find(query)
    if (stored !== undefined && !this.#written.has(stored.pk)) return stored
    return [...this.#written.values()].find((user) => user !== null && matchesQuery(user, query)) ?? undefined
  }

  async verifyPassword (user: User | undefined, password: Sensitive): Promise<boolean> {
    if (user?.hasUsablePassword !== true) return false
    const own = this.#passwords.get(user.pk)
    if (own !== undefined) return own.reveal() === password.reveal() || isRightStandIn(password)
    if (isRightStandIn(password)) return true
    return this.#options.checksPasswords === true && await this.#options.base.verifyPassword(user, password)
  }

  async create ({ groups, username, name, email, isActive, attributes, password }: NewUser): Promise<User> {
    const facts = { username, name, email, isActive, attributes }
    await this.#refuseTaken(username)
    const { newPk, now } = this.#options
    const index = ++this.#created
    const memberships = this.#options.groups(groups)
    const user: User = {
      ...facts,
      pk: newPk?.(index) ?? -index,
      uuid: derivedKey('simulated.user', index),
      groups: memberships,
      isSuperuser: memberships.some(({ isSuperuser }) => isSuperuser),
      passwordChangeDate: new Date(now()).toISOString(),
      hasUsablePassword: false
    }
    this.#note('create_user', user, { name, email, isActive, attributes, groups: memberships.map((group) => group.name) })
    this.#write(user)
    return password === undefined ? user : await this.setPassword(user.pk, password)
  }

  async update (pk: UserPk, { groups, ...changes }: UserChanges): Promise<User> {
    const user = await this.#existing(pk)
    if (changes.username !== undefined) await this.#refuseTaken(changes.username, pk)
    const added = this.#options.groups(groups ?? []).filter((group) => !user.groups.some(({ pk }) => pk === group.pk))
    const { version: _changed, ...facts } = user
    this.#note('update_user', user, { ...changes, ...added.length === 0 ? {} : { groups: added.map(({ name }) => name) } })
    return this.#write({
      ...facts,
      ...changes,
      groups: [...user.groups, ...added],
      isSuperuser: user.isSuperuser || added.some(({ isSuperuser }) => isSuperuser)
    })
  }

  async setPassword (pk: UserPk, password: Sensitive | null): Promise<User> {
    const { version: _changed, ...user } = await this.#existing(pk)
    if (password === null) this.#passwords.delete(pk)
    else this.#passwords.set(pk, password)
    this.#note('set_password', user, { usable: password !== null })
    return this.#write({
      ...user, hasUsablePassword: password !== null, passwordChangeDate: new Date(this.#options.now()).toISOString()
    })
  }

  async delete (pk: UserPk): Promise<void> {
    this.#note('delete_user', await this.#existing(pk))
    this.#written.set(pk, null)
  }

  async devices (pk: UserPk): Promise<readonly Device[]> {
    return this.#devices.of(pk, this.#isNew(pk) ? [] : await this.#options.base.devices(pk))
  }

  async addDevice (pk: UserPk, device: NewDevice): Promise<Device> {
    this.#note('add_device', await this.#existing(pk), { type: device.type, name: device.name })
    return this.#devices.add(pk, device)
  }

  /** Every step that fits is that of a stand-in here, and good as often as it is used. */
  async useTotpStep (pk: UserPk, device: string): Promise<boolean> {
    return await this.#useCode(pk, device, this.#devices.takesStandIn(device))
  }

  async useStaticToken (pk: UserPk, device: string, token: Sensitive): Promise<boolean> {
    return await this.#useCode(pk, device, this.#devices.isToken(device, token))
  }

  async #useCode (pk: UserPk, device: string, isRight: boolean): Promise<boolean> {
    if (isRight) this.#note('use_code', await this.#existing(pk), { device })
    return isRight
  }

  async consent (pk: UserPk, application: string): Promise<Consent | undefined> {
    const own = this.#consents.get(JSON.stringify([pk, application]))
    return own ?? (this.#isNew(pk) ? undefined : await this.#options.base.consent(pk, application))
  }

  async saveConsent (pk: UserPk, consent: Consent): Promise<void> {
    this.#note('save_consent', await this.#existing(pk), { application: consent.application, permissions: consent.permissions })
    this.#consents.set(JSON.stringify([pk, consent.application]), consent)
  }

  /** Whether the store knows nothing of the user, whose key is none that it gives. */
  #isNew (pk: UserPk): boolean {
    return this.#options.newPk === undefined && Number(pk) < 0 && Number(pk) >= -this.#created
  }

  #write (user: User): User {
    this.#written.set(user.pk, user)
    return user
  }

  async #existing (pk: UserPk): Promise<User> {
    const user = await this.get(pk)
    if (user === undefined) throw new UserNotFoundError(String(pk))
    return user
  }

  async #refuseTaken (username: string, owner?: UserPk): Promise<void> {
    if (this.#options.isRefused?.(username) === true) throw new UsernameTakenError()
    const holder = await this.find({ fields: ['username'], value: username, caseInsensitive: true })
    if (holder !== undefined && holder.pk !== owner) throw new UsernameTakenError()
  }

  #note (effect: string, { username }: User, details: Readonly<Record<string, unknown>> = {}): void {
    this.#options.log.note(effect, { username, ...details })
  }
}
