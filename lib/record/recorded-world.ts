import type { User, UserPk } from '../model/user.js'
import type { ReputationStore } from '../users/reputation.js'
import type { UserReads } from '../simulate/dry-users.js'
import { STAND_IN_SEED } from '../simulate/stand-in.js'
import { matchesQuery } from '../users/query-match.js'
import type { Consent, Device } from '../users/user-store.js'
import type { RecordedPolicyAnswer, RecordedStep } from './recorded-step.js'

/** The readings that follow the recorded ones, where a walk takes more of them. */
const FIRST_ID = '00000000-0000-4000-8000-'

/** What a recorded run has seen of the world, one step after the other: users, scores, the clock, what policies said. */
export class RecordedWorld {
  readonly #users = new Map<UserPk, User>()
  readonly #devices = new Map<UserPk, Device[]>()
  readonly #consents = new Map<UserPk, Consent[]>()
  readonly #created: readonly UserPk[]
  #step: RecordedStep
  #now = 0
  #ids = 0
  #moreIds = 0
  #scores = 0
  #answers: RecordedPolicyAnswer[] = []

  /** @param steps at least one. */
  constructor (steps: readonly [RecordedStep, ...RecordedStep[]]) {
    this.#step = steps[0]
    this.#created = steps.flatMap(({ created }) => created)
  }

  /** Turns to a step: what is read from now on is what was read in it. */
  turnTo (step: RecordedStep): void {
    this.#step = step
    this.#now = 0
    this.#ids = 0
    this.#scores = 0
    this.#answers = [...step.policies]
    for (const user of step.users) this.#users.set(user.pk, user)
    for (const { user, ...device } of step.devices) put(this.#devices, user, madeDevice(device), ({ pk }) => pk)
    for (const { user, ...consent } of step.consents) put(this.#consents, user, consent, ({ application }) => application)
  }

  readonly now = (): number => this.#step.now[this.#now++] ?? this.#step.now.at(-1) ?? 0

  readonly newId = (): string => this.#step.ids[this.#ids++] || `${FIRST_ID}${String(++this.#moreIds).padStart(12, '0')}`

  /** Nothing that is random is compared. */
  readonly randomBytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_item, index) => index % 256)

  /** The primary key of the user that was created as the n-th. */
  readonly newPk = (index: number): UserPk => this.#created[index - 1] ?? -index

  readonly isOutpost = (): boolean => this.#step.isOutpost === true

  /** Whether a username was refused in this step. */
  readonly isRefused = (username: string): boolean => this.#step.refused?.includes(username) === true

  /** Whether a device took a code in this step; where that was not recorded, any does. */
  readonly takesCode = (device: string): boolean => this.#step.codesOf?.includes(device) ?? true

  /** Whether the code of this step was one of a list, and not that of an app. */
  get isListedCode (): boolean {
    const devices = [...this.#devices.values()].flat()
    return this.#step.codesOf?.some((pk) => devices.some((device) => device.pk === pk && device.type === 'static')) === true
  }

  /** What a policy said next in this step; undefined where it was not asked. */
  nextAnswer (binding: string): RecordedPolicyAnswer | undefined {
    const index = this.#answers.findIndex((answer) => answer.binding === binding)
    return index === -1 ? undefined : this.#answers.splice(index, 1)[0]
  }

  user (pk: UserPk): User | undefined {
    return this.#users.get(pk)
  }

  readonly reputation: ReputationStore = {
    adjust: () => {},
    score: () => this.#step.scores[this.#scores++] ?? this.#step.scores.at(-1) ?? 0
  }

  /** Reads only: a walk writes to what lies over it. */
  readonly users: UserReads = {
    get: (pk) => this.#users.get(pk),
    find: (query) => [...this.#users.values()].find((user) => matchesQuery(user, query)),
    verifyPassword: async () => false,
    devices: (pk) => this.#devices.get(pk) ?? [],
    consent: (pk, application) => this.#consents.get(pk)?.find((consent) => consent.application === application)
  }
}

/** Puts something into the list of a user, in place of what has the same name. */
function put<T> (lists: Map<UserPk, T[]>, user: UserPk, value: T, name: (value: T) => string): void {
  lists.set(user, [...(lists.get(user) ?? []).filter((other) => name(other) !== name(value)), value])
}

function madeDevice ({ type, ...device }: Omit<RecordedStep['devices'][number], 'user'>): Device {
  const base = { ...device, lastUsed: device.lastUsed ?? null }
  return type === 'totp' ? { ...base, type, seed: STAND_IN_SEED, digits: 6 } : { ...base, type }
}
