import { Sensitive } from '../context/sensitive.js'
import { DefinitionError, OptionsError, StoreUnavailableError, UserNotFoundError, UsernameTakenError } from '../errors.js'
import type { Group } from '../model/group.js'
import { checkedAt, type Places } from '../model/places.js'
import type { User, UserPk, UserSeed } from '../model/user.js'
import { contentHash } from '../registry/content-hash.js'
import type { Services } from '../services.js'
import { userOf, type Profile } from '../users/account.js'
import { GroupTree } from '../users/group-tree.js'
import { foldCase, indexKey, indexKeysOf } from '../users/user-index.js'
import type { Consent, Device, NewDevice, NewUser, UserChanges, UserQuery, UserStore } from '../users/user-store.js'
import type { RedisConnection } from './connection.js'
import { RedisUserDevices } from './user-devices.js'
import { RedisUserPasswords } from './user-passwords.js'
import { decodeProfile, encodeProfile } from './user-profile.js'
import { CREATE, DELETE, HOLDERS, NEXT, SET_FIELDS, UPDATE } from './user-scripts.js'

/** What a {@link RedisUserStore} begins with and works with. */
export interface RedisUserStoreOptions extends Pick<Services, 'newId' | 'randomBytes'> {
  readonly groups: readonly Group[]
  /** Put into the store by {@link RedisUserStore.ready} where they never were; those that are there stay as they are. */
  readonly users: readonly UserSeed[]
  /** Where users were defined, by `uuid`: errors about them begin with it. */
  readonly places?: Places | undefined
}

interface StoredUser {
  readonly version: string
  readonly profile: Profile
}

/** How often a change is tried again because the user was changed by others meanwhile. */
const MAX_TRIES = 20

/**
 * Users in Redis or Valkey, which all processes share; as the one in memory otherwise. Groups are those of the definitions
 * that each process has loaded. Nothing here expires: let the server persist it.
 */
export class RedisUserStore implements UserStore {
  readonly #redis: RedisConnection
  readonly #options: RedisUserStoreOptions
  readonly #devices: RedisUserDevices
  readonly #passwords: RedisUserPasswords
  readonly #counters: string
  #groups: GroupTree
  #groupsHash: string

  constructor (redis: RedisConnection, options: RedisUserStoreOptions) {
    this.#redis = redis
    this.#options = options
    this.#counters = redis.key('user-counters')
    this.#devices = new RedisUserDevices(redis, this.#counters, (pk) => this.#key(pk))
    this.#passwords = new RedisUserPasswords(redis, options.randomBytes)
    this.#groups = new GroupTree(options.groups)
    this.#groupsHash = contentHash(options.groups)
  }

  /**
   * Puts the defined users into the store, each once, even when processes start at the same time.
   *
   * @throws DefinitionError where a username is another's, or a user is in a group that is not there.
   */
  async ready (): Promise<void> {
    const { users, places } = this.#options
    for (const seed of users) {
      const fault = await this.#plant(seed)
      if (fault !== undefined) checkedAt(places, seed.uuid, () => refuse(seed, fault))
    }
  }

  /** Takes changed group definitions over; every user has a new version after it. */
  replaceGroups (groups: readonly Group[]): void {
    this.#groups = new GroupTree(groups)
    this.#groupsHash = contentHash(groups)
  }

  async get (pk: UserPk): Promise<User | undefined> {
    const stored = await this.#load(pk)
    return stored === undefined ? undefined : this.#userOf(stored)
  }

  async find ({ fields, value, caseInsensitive }: UserQuery): Promise<User | undefined> {
    if (fields.length === 0 || value === '') return undefined
    const keys = fields.map((field) => this.#indexKey(indexKey(field, value, caseInsensitive)))
    const reply = await this.#redis.ask(HOLDERS, keys, [])
    const holders = Array.isArray(reply) ? reply.map(Number) : []
    if (holders.length > 0) return await this.get(Math.min(...holders))
    await this.getNobody()
    return undefined
  }

  async getNobody (): Promise<void> {
    await this.#redis.read(this.#redis.key('user'), 'version', 'profile')
  }

  async verifyPassword (user: User | undefined, password: Sensitive): Promise<boolean> {
    // Whoever is not there is looked for all the same: the wait tells nothing.
    const key = user === undefined ? this.#redis.key('user') : this.#key(user.pk)
    return await this.#passwords.verify(key, user?.pk, password)
  }

  async create ({ groups, key, password, ...facts }: NewUser): Promise<User> {
    const memberships = this.#known(groups)
    const created = await this.#createdUnder(key)
    if (created !== undefined) return created
    const pk = await this.#nextPk()
    const hash = password === undefined ? '' : await this.#passwords.hash(password, pk)
    const uuid = key ?? this.#options.newId()
    const profile = this.#profile({ ...facts, pk, uuid, memberships, hasUsablePassword: hash !== '' })
    const outcome = await this.#create(profile, hash, ...key === undefined ? [] : [this.#creationKey(key)])
    if (outcome === 'done') return this.#userOf({ version: '1', profile })
    const other = await this.#createdUnder(key)
    if (other === undefined) throw new UsernameTakenError()
    return other
  }

  /** The user that was created under a key, and is still there. */
  async #createdUnder (key: string | undefined): Promise<User | undefined> {
    if (key === undefined) return undefined
    const [pk] = await this.#redis.read(this.#creationKey(key), 'user')
    return pk == null ? undefined : await this.get(Number(pk))
  }

  async update (pk: UserPk, { groups, ...changes }: UserChanges): Promise<User> {
    const added = this.#known(groups ?? [])
    return await this.#change(pk, ({ memberships }) => ({ ...changes, memberships: [...new Set([...memberships, ...added])] }))
  }

  async setPassword (pk: UserPk, password: Sensitive | null): Promise<User> {
    await this.#required(pk)
    const hash = password === null ? undefined : await this.#passwords.hash(password, pk)
    const passwordChangeDate = new Date(this.#redis.now()).toISOString()
    const changes = { hasUsablePassword: hash !== undefined, passwordChangeDate }
    return await this.#change(pk, () => changes, hash === undefined ? ['clear'] : ['set', hash])
  }

  async delete (pk: UserPk): Promise<void> {
    await this.#retrying(async () => {
      const stored = await this.#load(pk)
      if (stored === undefined) return 'gone'
      const indices = this.#indicesOf(stored.profile)
      const creation = this.#creationKey(stored.profile.uuid)
      return await this.#redis.run(DELETE, [this.#key(pk), creation, ...indices], [String(pk), stored.version])
    })
  }

  async devices (pk: UserPk): Promise<readonly Device[]> {
    return await this.#devices.list(pk)
  }

  async addDevice (pk: UserPk, device: NewDevice): Promise<Device> {
    return await this.#devices.add(pk, device)
  }

  async useTotpStep (pk: UserPk, device: string, step: number, key?: string): Promise<boolean> {
    return await this.#devices.useStep(pk, device, step, key)
  }

  async useStaticToken (pk: UserPk, device: string, token: Sensitive, key?: string): Promise<boolean> {
    return await this.#devices.useToken(pk, device, token, key)
  }

  async consent (pk: UserPk, application: string): Promise<Consent | undefined> {
    const name = consentName(application)
    const [stored] = await this.#redis.read(this.#key(pk), name)
    if (stored == null) return undefined
    const consent: Consent = JSON.parse(this.#redis.jsonOf(stored, `${pk} ${name}`))
    return consent.expiresAt === null || consent.expiresAt > this.#redis.now() ? consent : undefined
  }

  async saveConsent (pk: UserPk, consent: Consent): Promise<void> {
    const name = consentName(consent.application)
    const value = this.#redis.encode(consent, `${pk} ${name}`)
    if (await this.#redis.run(SET_FIELDS, [this.#key(pk)], [name, value]) !== 1) throw new UserNotFoundError(String(pk))
  }

  /** Returns what is wrong with a defined user, if anything. */
  async #plant ({ password, groups, ...facts }: UserSeed): Promise<string | undefined> {
    const missing = groups.find((pk) => !this.#groups.has(pk))
    if (missing !== undefined) return `groups: there is no group '${missing}'`
    const [known] = await this.#redis.read(this.#seedKey(facts.uuid), 'user')
    if (known != null) return undefined
    const pk = await this.#nextPk()
    const hash = password === null || password === '' ? '' : await this.#passwords.hash(new Sensitive(password), pk)
    const profile = this.#profile({ ...facts, pk, memberships: groups, hasUsablePassword: hash !== '' })
    const outcome = await this.#create(profile, hash, this.#seedKey(facts.uuid))
    return outcome === 'taken' ? 'another user has this username (letter case does not count)' : undefined
  }

  /** @param name the key by which it is known later that it was created. */
  async #create (profile: Profile, hash: string, ...name: readonly string[]): Promise<unknown> {
    const value = this.#redis.encode(encodeProfile(profile), `profile ${profile.pk}`)
    return await this.#redis.run(CREATE,
      [this.#counters, this.#key(profile.pk), this.#usernameKey(profile), ...name, ...this.#indicesOf(profile)],
      [profile.pk, value, hash, name.length])
  }

  async #change (
    pk: UserPk, changesOf: (profile: Profile) => Partial<Profile>, password: readonly string[] = ['keep']
  ): Promise<User> {
    let changed: User | undefined
    const outcome = await this.#retrying(async () => {
      const { version, profile } = await this.#required(pk)
      const next: Profile = { ...profile, ...changesOf(profile) }
      const [before, after] = [this.#indicesOf(profile), this.#indicesOf(next)]
      const left = before.filter((key) => !after.includes(key))
      changed = this.#userOf({ version: String(Number(version) + 1), profile: next })
      return await this.#redis.run(UPDATE,
        [this.#counters, this.#key(pk), this.#usernameKey(next), ...left, ...after],
        [String(pk), version, this.#redis.encode(encodeProfile(next), `profile ${pk}`), left.length, ...password])
    })
    if (outcome === 'taken') throw new UsernameTakenError()
    if (outcome !== 'done' || changed === undefined) throw new UserNotFoundError(String(pk))
    return changed
  }

  /** Does a change over what was read, again where somebody was faster. */
  async #retrying (task: () => Promise<unknown>): Promise<unknown> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const outcome = await task()
      if (outcome !== 'moved') return outcome
    }
    throw new StoreUnavailableError('the user is changed by others all the time')
  }

  async #load (pk: UserPk): Promise<StoredUser | undefined> {
    const [version, profile] = await this.#redis.read(this.#key(pk), 'version', 'profile')
    if (version == null || profile == null) return undefined
    return { version, profile: decodeProfile(this.#redis.jsonOf(profile, `profile ${pk}`)) }
  }

  async #required (pk: UserPk): Promise<StoredUser> {
    const stored = await this.#load(pk)
    if (stored === undefined) throw new UserNotFoundError(String(pk))
    return stored
  }

  #userOf ({ version, profile }: StoredUser): User {
    return userOf(profile, this.#groups, `${version} ${this.#groupsHash}`)
  }

  #profile (facts: Omit<Profile, 'passwordChangeDate'>): Profile {
    return { ...facts, passwordChangeDate: new Date(this.#redis.now()).toISOString() }
  }

  #known (groups: readonly string[]): readonly string[] {
    const missing = groups.find((pk) => !this.#groups.has(pk))
    if (missing !== undefined) throw new OptionsError(`A user cannot be put into group '${missing}': there is no such group`)
    return groups
  }

  async #nextPk (): Promise<number> {
    return Number(await this.#redis.run(NEXT, [this.#counters], ['users']))
  }

  #key (pk: UserPk): string {
    return this.#redis.key('user', typeof pk, String(pk))
  }

  #creationKey (key: string): string {
    return this.#redis.key('created-user', key)
  }

  #seedKey (uuid: string): string {
    return this.#redis.key('defined-user', uuid)
  }

  #usernameKey ({ username }: Profile): string {
    return this.#indexKey(indexKey('username', foldCase(username), true))
  }

  #indicesOf (profile: Profile): string[] {
    return indexKeysOf(profile).map((key) => this.#indexKey(key))
  }

  #indexKey (key: string): string {
    return this.#redis.key('user-by', key)
  }
}

function consentName (application: string): string {
  return `consent ${JSON.stringify(application)}`
}

function refuse ({ username }: UserSeed, fault: string): never {
  throw new DefinitionError(`User '${username}'`, fault)
}
