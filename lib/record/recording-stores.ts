import type { StoredSubject } from '../context/codec.js'
import type { MaybePromise } from '../maybe-promise.js'
import type { User, UserPk } from '../model/user.js'
import type { ReputationStore } from '../users/reputation.js'
import type { Device, UserStore } from '../users/user-store.js'
import { maskedData } from './masking.js'
import type { RecordedStep, RecordedUser } from './recorded-step.js'

type Step = () => RecordedStep | undefined

/**
 * A user store that notes what it gives: users as they were when a request first read them, devices and consents; and what it
 * says to what is written: who was created, which names were refused, which devices took a code.
 */
export function recordingUsers (store: UserStore, step: Step): UserStore {
  const noted = (user: User | undefined): User | undefined => {
    if (user !== undefined) noteUser(step()?.users, user)
    return user
  }
  const unlessRefused = async (username: string | undefined, write: () => MaybePromise<User>): Promise<User> => {
    try {
      return await write()
    } catch (error) {
      if (username !== undefined) step()?.refused?.push(username)
      throw error
    }
  }
  const takenBy = (device: string, isTaken: boolean): boolean => {
    if (isTaken) step()?.codesOf?.push(device)
    return isTaken
  }
  return {
    get: async (pk) => noted(await store.get(pk)),
    find: async (query) => noted(await store.find(query)),
    create: async (user) => {
      const created = await unlessRefused(user.username, () => store.create(user))
      step()?.created.push(created.pk)
      return created
    },
    update: async (pk, changes) => await unlessRefused(changes.username, () => store.update(pk, changes)),
    devices: async (pk) => {
      const devices = await store.devices(pk)
      noteDevices(step()?.devices, pk, devices)
      return devices
    },
    consent: async (pk, application) => {
      const consent = await store.consent(pk, application)
      if (consent !== undefined) step()?.consents.push({ ...consent, user: pk, permissions: [...consent.permissions] })
      return consent
    },
    getNobody: () => store.getNobody?.(),
    ready: async () => await store.ready?.(),
    replaceGroups: (groups) => store.replaceGroups?.(groups),
    verifyPassword: (...args) => store.verifyPassword(...args),
    setPassword: (...args) => store.setPassword(...args),
    delete: (...args) => store.delete(...args),
    addDevice: (...args) => store.addDevice(...args),
    useTotpStep: async (...args) => takenBy(args[1], await store.useTotpStep(...args)),
    useStaticToken: async (...args) => takenBy(args[1], await store.useStaticToken(...args)),
    saveConsent: (...args) => store.saveConsent(...args)
  }
}

/** Notes a user as it is, once, with what attributes call secret masked. */
export function noteUser (users: RecordedUser[] | undefined, user: StoredSubject): void {
  if (users?.some(({ pk }) => pk === user.pk) !== false) return
  const { uuid, username, name, email, isActive, isSuperuser, groups, attributes, passwordChangeDate, hasUsablePassword } = user
  users.push({
    pk: user.pk,
    uuid,
    username,
    name,
    email,
    isActive,
    isSuperuser,
    groups: groups.map((group) => ({ pk: group.pk, name: group.name, isSuperuser: group.isSuperuser })),
    attributes: maskedData(attributes),
    passwordChangeDate,
    hasUsablePassword
  })
}

function noteDevices (known: RecordedStep['devices'] | undefined, user: UserPk, devices: readonly Device[]): void {
  for (const { pk, type, name, confirmed, lastUsed } of devices) {
    if (known?.some((device) => device.pk === pk) === false) known.push({ user, pk, type, name, confirmed, lastUsed })
  }
}

/** A reputation store that notes the scores that it gives. */
export function recordingReputation (store: ReputationStore, step: Step): ReputationStore {
  return {
    adjust: (identifier, ip, change) => store.adjust(identifier, ip, change),
    score: async (query) => {
      const score = await store.score(query)
      step()?.scores.push(score)
      return score
    }
  }
}
