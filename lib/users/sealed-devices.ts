import type { Sealer } from '../context/seal.js'
import { Sensitive } from '../context/sensitive.js'
import type { UserPk } from '../model/user.js'
import type { Device, NewDevice, UserStore } from './user-store.js'

/** No seed and no code begins like these: what does not was stored before there was a key. */
const SEALED = 'sealed:'
const KEYED = 'keyed:'

/**
 * A user store to which no secret of a device is handed in clear: seeds are sealed, each for its user, and single-use codes
 * are keyed fingerprints, under the first key. What another of the keys has sealed is good too, and so is what the store has
 * in clear. A seed that none of the keys opens is an error (SealError), never a device less.
 */
export function sealedDevices (store: UserStore, sealer: Sealer): UserStore {
  const opened = (user: UserPk, device: Device): Device =>
    device.type === 'totp' ? { ...device, seed: openSeed(sealer, user, device.seed) } : device
  return {
    ready: async () => await store.ready?.(),
    replaceGroups: (groups) => store.replaceGroups?.(groups),
    get: (pk) => store.get(pk),
    getNobody: () => store.getNobody?.(),
    find: (query) => store.find(query),
    verifyPassword: (user, password) => store.verifyPassword(user, password),
    create: (user) => store.create(user),
    update: (pk, changes) => store.update(pk, changes),
    setPassword: (pk, password) => store.setPassword(pk, password),
    delete: (pk) => store.delete(pk),
    devices: async (pk) => (await store.devices(pk)).map((device) => opened(pk, device)),
    addDevice: async (pk, device) => opened(pk, await store.addDevice(pk, sealed(sealer, pk, device))),
    useTotpStep: (pk, device, step, key) => store.useTotpStep(pk, device, step, key),
    useStaticToken: async (pk, device, token, key) => {
      for (const form of storedForms(sealer, token)) if (await store.useStaticToken(pk, device, form, key)) return true
      return false
    },
    consent: (pk, application) => store.consent(pk, application),
    saveConsent: (pk, consent) => store.saveConsent(pk, consent)
  }
}

function sealed (sealer: Sealer, user: UserPk, device: NewDevice): NewDevice {
  if (device.type === 'totp') return { ...device, seed: sealSeed(sealer, user, device.seed) }
  return { ...device, tokens: device.tokens.flatMap((token) => storedForms(sealer, token)[0] ?? []) }
}

/** A seed is bound to its user. The key of its device is the store's to give, and not known yet. */
function boundTo (user: UserPk): string {
  return `seed of a device of ${typeof user} ${user}`
}

function sealSeed (sealer: Sealer, user: UserPk, seed: Sensitive): Sensitive {
  const text = seed.reveal()
  return text === undefined ? seed : new Sensitive(SEALED + sealer.seal(text, boundTo(user)))
}

function openSeed (sealer: Sealer, user: UserPk, seed: Sensitive): Sensitive {
  const text = seed.reveal()
  return text?.startsWith(SEALED) === true ? new Sensitive(sealer.open(text.slice(SEALED.length), boundTo(user))) : seed
}

/**
 * What a code may be stored as, the form for new ones first, and last as it is. What looks like a stored form is no code: else
 * whoever has read the store could type one in.
 */
function storedForms (sealer: Sealer, code: Sensitive): Sensitive[] {
  const text = code.reveal()
  if (text === undefined || text === '' || text.startsWith(KEYED)) return []
  return [...sealer.macs(text).map((mac) => new Sensitive(KEYED + mac)), code]
}
