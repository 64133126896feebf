import type { Sensitive } from '../lib/context/sensitive.js'
import { UserNotFoundError, UsernameTakenError } from '../lib/errors.js'
import type { User, UserPk } from '../lib/model/user.js'
import type { Consent, Device, NewDevice, NewUser, UserChanges, UserQuery, UserStore } from '../lib/users/user-store.js'

let lastPk = 100

/** A user with everything filled in; what a test cares about it states. */
export function makeUser (stated: Partial<User> = {}): User {
  const pk = stated.pk ?? ++lastPk
  return {
    pk,
    uuid: `00000000-0000-4000-9000-${String(pk).padStart(12, '0')}`,
    username: `user-${pk}`,
    name: '',
    email: '',
    isActive: true,
    isSuperuser: false,
    groups: [],
    attributes: {},
    passwordChangeDate: '2024-09-01T00:00:00.000Z',
    hasUsablePassword: false,
    ...stated
  }
}

/** Users in a map, in clear and without hashing; what was written can be looked at. */
export class FakeUsers implements UserStore {
  readonly byPk = new Map<UserPk, User>()
  readonly passwords = new Map<UserPk, string>()
  readonly devicesOf = new Map<UserPk, Device[]>()
  readonly tokensOf = new Map<string, Set<string>>()
  readonly lastStepOf = new Map<string, number>()
  readonly consents = new Map<UserPk, Consent[]>()

  constructor (users: readonly User[] = [], passwords: Readonly<Record<string, string>> = {}) {
    for (const user of users) this.byPk.set(user.pk, user)
    for (const [username, password] of Object.entries(passwords)) this.passwords.set(this.named(username).pk, password)
  }

  /** The user of this name; it is a mistake of the test where there is none. */
  named (username: string): User {
    const user = [...this.byPk.values()].find((one) => one.username === username)
    if (user === undefined) throw new Error(`no user ${username}`)
    return user
  }

  get (pk: UserPk) {
    return this.byPk.get(pk)
  }

  find ({ fields, value, caseInsensitive }: UserQuery) {
    const same = (text: unknown) => typeof text === 'string' &&
      (caseInsensitive ? text.toLowerCase() === value.toLowerCase() : text === value)
    return [...this.byPk.values()].find((user) =>
      fields.some((field) => same(field === 'upn' ? user.attributes.upn : user[field])))
  }

  async verifyPassword (user: User | undefined, password: Sensitive) {
    const stored = user === undefined ? undefined : this.passwords.get(user.pk)
    return stored !== undefined && stored === password.reveal()
  }

  create ({ password, ...user }: NewUser) {
    this.#refuseTaken(user.username)
    const groups = user.groups.map((pk) => ({ pk, name: pk, isSuperuser: false }))
    const text = password?.reveal()
    const created = this.#keep(makeUser({ ...user, groups, hasUsablePassword: text !== undefined }))
    if (text !== undefined) this.passwords.set(created.pk, text)
    return created
  }

  update (pk: UserPk, changes: UserChanges) {
    const user = this.#existing(pk)
    if (changes.username !== undefined && changes.username !== user.username) this.#refuseTaken(changes.username)
    const groups = (changes.groups ?? []).map((group) => ({ pk: group, name: group, isSuperuser: false }))
    return this.#keep({ ...user, ...changes, groups: [...user.groups, ...groups] })
  }

  async setPassword (pk: UserPk, password: Sensitive | null) {
    const user = this.#existing(pk)
    const text = password?.reveal()
    if (text === undefined) this.passwords.delete(pk)
    else this.passwords.set(pk, text)
    return this.#keep({ ...user, hasUsablePassword: text !== undefined })
  }

  delete (pk: UserPk) {
    this.#existing(pk)
    this.byPk.delete(pk)
  }

  devices (pk: UserPk): readonly Device[] {
    return this.devicesOf.get(pk) ?? []
  }

  addDevice (pk: UserPk, device: NewDevice): Device {
    const base = { pk: `device-${++lastPk}`, name: device.name, confirmed: true, lastUsed: null }
    if (device.type === 'static') this.tokensOf.set(base.pk, new Set(device.tokens.map((token) => token.reveal() ?? '')))
    const stored: Device = device.type === 'static'
      ? { ...base, type: 'static' }
      : { ...base, type: 'totp', seed: device.seed, digits: device.digits }
    this.devicesOf.set(pk, [...this.devices(pk), stored])
    return stored
  }

  useTotpStep (_pk: UserPk, device: string, step: number) {
    if (step <= (this.lastStepOf.get(device) ?? -1)) return false
    this.lastStepOf.set(device, step)
    return true
  }

  useStaticToken (_pk: UserPk, device: string, token: Sensitive) {
    return this.tokensOf.get(device)?.delete(token.reveal() ?? '') ?? false
  }

  consent (pk: UserPk, application: string) {
    return this.consents.get(pk)?.find((consent) => consent.application === application)
  }

  saveConsent (pk: UserPk, consent: Consent) {
    const others = (this.consents.get(pk) ?? []).filter((one) => one.application !== consent.application)
    this.consents.set(pk, [...others, consent])
  }

  #existing (pk: UserPk): User {
    const user = this.byPk.get(pk)
    if (user === undefined) throw new UserNotFoundError(String(pk))
    return user
  }

  #refuseTaken (username: string) {
    if ([...this.byPk.values()].some((user) => user.username === username)) throw new UsernameTakenError()
  }

  #keep (user: User): User {
    this.byPk.set(user.pk, user)
    return user
  }
}
