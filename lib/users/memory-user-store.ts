import type { ConsumedStore } from '../consumed/consumed-store.js'
import { Sensitive } from '../context/sensitive.js'
import { DefinitionError, OptionsError, UserNotFoundError, UsernameTakenError } from '../errors.js'
import type { MaybePromise } from '../maybe-promise.js'
import type { Group } from '../model/group.js'
import { checkedAt, type Places } from '../model/places.js'
import type { User, UserPk, UserSeed } from '../model/user.js'
import type { Services } from '../services.js'
import { newAccount, userOf, type Account, type Profile } from './account.js'
import { frozenCopy } from './frozen-copy.js'
import { GroupTree } from './group-tree.js'
import type { SharedUse } from './memory-devices.js'
import { hashPassword, isPasswordHash, needsRehash, SALT_LENGTH, verifyHash } from './password-hash.js'
import { foldCase, UserIndex } from './user-index.js'
import type { Consent, Device, NewDevice, NewUser, UserChanges, UserQuery, UserStore } from './user-store.js'

/** What a {@link MemoryUserStore} begins with and works with. */
export interface MemoryUserStoreOptions extends Pick<Services, 'now' | 'newId' | 'randomBytes'> {
  readonly groups: readonly Group[]
  readonly users: readonly UserSeed[]
  /** Where users were defined, by `uuid`: errors about them begin with it. */
  readonly places?: Places | undefined
  /** Where several processes have the same users: what was used in any of them. A code is then good once in all of them. */
  readonly consumed?: ConsumedStore
}

/**
 * Keeps users in the memory of this process. Primary keys are 1, 2, … in the order of creation. A username that is
 * another's but for letter case counts as taken, because people are found without regard to case.
 *
 * The passwords of the seeds are hashed before the first password is checked, and for whomever it is checked, so that
 * the wait tells nothing; {@link MemoryUserStore.ready} does it earlier.
 *
 * @throws DefinitionError where two seeds share a username, or one names a group that is not there.
 */
export class MemoryUserStore implements UserStore {
  readonly #services: Pick<Services, 'now' | 'newId' | 'randomBytes'>
  readonly #accounts = new Map<UserPk, Account>()
  readonly #index = new UserIndex()
  /** By key of the creation. */
  readonly #created = new Map<string, UserPk>()
  readonly #seedPasswords = new Map<number, Sensitive>()
  readonly #consumed: ConsumedStore | undefined
  #ready: Promise<void> | undefined
  #groups: GroupTree
  #lastPk = 0
  #lastDevicePk = 0
  #lastVersion = 0

  constructor ({ groups, users, places, consumed, now, newId, randomBytes }: MemoryUserStoreOptions) {
    this.#services = { now, newId, randomBytes }
    this.#consumed = consumed
    this.#groups = new GroupTree(groups)
    for (const seed of users) checkedAt(places, seed.uuid, () => this.#plant(seed))
  }

  /** Hashes the passwords of the seeds, once; after it none is kept in clear. */
  ready (): Promise<void> {
    this.#ready ??= this.#hashSeedPasswords()
    return this.#ready
  }

  /** Takes changed group definitions over; every user has a new version after it. */
  replaceGroups (groups: readonly Group[]): void {
    this.#groups = new GroupTree(groups)
    for (const account of this.#accounts.values()) this.#change(account, {})
  }

  get (pk: UserPk): User | undefined {
    return this.#accounts.get(pk)?.user
  }

  find (query: UserQuery): User | undefined {
    const pk = this.#index.find(query)
    return pk === undefined ? undefined : this.get(pk)
  }

  async verifyPassword (user: User | undefined, password: Sensitive): Promise<boolean> {
    await this.ready()
    const account = user === undefined ? undefined : this.#accounts.get(user.pk)
    const hash = account?.passwordHash
    const matches = await verifyHash(hash, password)
    if (!matches || account === undefined || hash === undefined) return false
    const renewed = await needsRehash(hash) ? await this.#hash(password) : hash
    // A password that was changed, or a user that was deleted, while the hash was computed is no longer good.
    if (this.#accounts.get(account.profile.pk)?.passwordHash !== hash) return false
    account.passwordHash = renewed
    return true
  }

  /**
   * Takes a password over that was hashed elsewhere. A hash with parameters of the past is renewed at the next sign-in; until
   * then checking it takes another time than checking nobody's.
   *
   * @param hash argon2 in PHC form.
   * @throws OptionsError where it is no such hash.
   * @throws UserNotFoundError
   */
  async adoptPasswordHash (pk: UserPk, hash: string): Promise<User> {
    if (!await isPasswordHash(hash)) throw new OptionsError('A password hash must be argon2 in PHC form ($argon2id$v=19$…)')
    const account = this.#account(pk)
    this.#seedPasswords.delete(account.profile.pk)
    account.passwordHash = hash
    return this.#change(account, { hasUsablePassword: true })
  }

  /** The password's hash as it is kept, to take the user elsewhere; undefined where there is none (yet). */
  passwordHash (pk: UserPk): string | undefined {
    return this.#accounts.get(pk)?.passwordHash
  }

  create (user: NewUser & { readonly password?: never }): User
  create (user: NewUser): MaybePromise<User>
  create ({ password, ...facts }: NewUser): MaybePromise<User> {
    return password === undefined ? this.#create(facts, undefined) : this.#createWith(facts, password)
  }

  update (pk: UserPk, { groups, ...changes }: UserChanges): User {
    const account = this.#account(pk)
    if (changes.username !== undefined) this.#refuseTaken(changes.username, account)
    const memberships = new Set([...account.profile.memberships, ...this.#known(groups ?? [])])
    return this.#change(account, { ...changes, memberships: [...memberships] })
  }

  async setPassword (pk: UserPk, password: Sensitive | null): Promise<User> {
    this.#account(pk)
    const hash = password === null ? undefined : await this.#hash(password)
    const account = this.#account(pk)
    this.#seedPasswords.delete(account.profile.pk)
    account.passwordHash = hash
    // Later than the change before, within one millisecond as well: sign-ins are told by it.
    const time = Math.max(this.#services.now(), Date.parse(account.user.passwordChangeDate) + 1)
    const passwordChangeDate = new Date(time).toISOString()
    return this.#change(account, { hasUsablePassword: hash !== undefined, passwordChangeDate })
  }

  delete (pk: UserPk): void {
    const account = this.#accounts.get(pk)
    if (account === undefined) return
    this.#accounts.delete(pk)
    this.#created.delete(account.user.uuid)
    this.#seedPasswords.delete(account.profile.pk)
    this.#index.replace(account.profile.pk, account.user, undefined)
  }

  devices (pk: UserPk): readonly Device[] {
    return this.#accounts.get(pk)?.devices.list() ?? []
  }

  addDevice (pk: UserPk, device: NewDevice): Device {
    return this.#account(pk).devices.add(String(++this.#lastDevicePk), device)
  }

  useTotpStep (pk: UserPk, device: string, step: number, key?: string): MaybePromise<boolean> {
    const account = this.#accounts.get(pk)
    return account?.devices.useStep(device, step, this.#services.now(), { key, shared: this.#sharedUse(account) }) ?? false
  }

  useStaticToken (pk: UserPk, device: string, token: Sensitive, key?: string): MaybePromise<boolean> {
    const account = this.#accounts.get(pk)
    return account?.devices.useToken(device, token, this.#services.now(), { key, shared: this.#sharedUse(account) }) ?? false
  }

  #sharedUse ({ profile }: Account): SharedUse | undefined {
    return this.#consumed === undefined ? undefined : { owner: profile.uuid, consumed: this.#consumed }
  }

  consent (pk: UserPk, application: string): Consent | undefined {
    const consents = this.#accounts.get(pk)?.consents
    const consent = consents?.get(application)
    if (consent === undefined || consent.expiresAt === null || consent.expiresAt > this.#services.now()) return consent
    consents?.delete(application)
    return undefined
  }

  saveConsent (pk: UserPk, consent: Consent): void {
    this.#account(pk).consents.set(consent.application, frozenCopy(consent))
  }

  async #createWith (facts: NewUser, password: Sensitive): Promise<User> {
    return this.#create(facts, await this.#hash(password))
  }

  #create ({ groups, key, ...facts }: Omit<NewUser, 'password'>, hash: string | undefined): User {
    const known = key === undefined ? undefined : this.#created.get(key)
    const created = known === undefined ? undefined : this.get(known)
    if (created !== undefined) return created
    this.#refuseTaken(facts.username)
    const uuid = key ?? this.#services.newId()
    const account = this.#open({ ...facts, uuid, memberships: this.#known(groups), hasUsablePassword: hash !== undefined })
    account.passwordHash = hash
    if (key !== undefined) this.#created.set(key, account.profile.pk)
    return account.user
  }

  #plant ({ groups, password, ...facts }: UserSeed): void {
    const where = `User '${facts.username}'`
    if (this.#isTaken(facts.username)) throw new DefinitionError(where, 'another user has this username (letter case does not count)')
    const missing = groups.find((pk) => !this.#groups.has(pk))
    if (missing !== undefined) throw new DefinitionError(where, `groups: there is no group '${missing}'`)
    const hasPassword = password !== null && password !== ''
    const { profile } = this.#open({ ...facts, memberships: groups, hasUsablePassword: hasPassword })
    if (hasPassword) this.#seedPasswords.set(profile.pk, new Sensitive(password))
  }

  #open (facts: Omit<Profile, 'pk' | 'passwordChangeDate'>): Account {
    const passwordChangeDate = new Date(this.#services.now()).toISOString()
    const profile = frozenCopy({ ...facts, pk: ++this.#lastPk, passwordChangeDate })
    const account = newAccount(profile, userOf(profile, this.#groups, this.#nextVersion()))
    this.#accounts.set(profile.pk, account)
    this.#index.replace(profile.pk, undefined, account.user)
    return account
  }

  #change (account: Account, changes: Partial<Profile>): User {
    const before = account.user
    account.profile = frozenCopy({ ...account.profile, ...changes })
    account.user = userOf(account.profile, this.#groups, this.#nextVersion())
    this.#index.replace(account.profile.pk, before, account.user)
    return account.user
  }

  #nextVersion (): string {
    return String(++this.#lastVersion)
  }

  #account (pk: UserPk): Account {
    const account = this.#accounts.get(pk)
    if (account === undefined) throw new UserNotFoundError(String(pk))
    return account
  }

  #isTaken (username: string, owner?: Account): boolean {
    const holder = this.#index.find({ fields: ['username'], value: foldCase(username), caseInsensitive: true })
    return holder !== undefined && holder !== owner?.profile.pk
  }

  #refuseTaken (username: string, owner?: Account): void {
    if (this.#isTaken(username, owner)) throw new UsernameTakenError()
  }

  #known (groups: readonly string[]): readonly string[] {
    const missing = groups.find((pk) => !this.#groups.has(pk))
    if (missing !== undefined) throw new OptionsError(`A user cannot be put into group '${missing}': there is no such group`)
    return groups
  }

  #hash (password: Sensitive): Promise<string> {
    return hashPassword(password, this.#services.randomBytes(SALT_LENGTH))
  }

  async #hashSeedPasswords (): Promise<void> {
    await Promise.all(Array.from(this.#seedPasswords, async ([pk, password]) => {
      const hash = await this.#hash(password)
      const account = this.#accounts.get(pk)
      // Whoever was deleted or given a password meanwhile has no seed any more.
      if (account !== undefined && this.#seedPasswords.delete(pk)) account.passwordHash = hash
    }))
  }
}
