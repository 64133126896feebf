import type { Sensitive } from '../../../lib/context/sensitive.js'
import type { UserStore } from '../../../plugins/index.js'

/** A user store that fails the first time that each of its methods gets a secret, and quotes it, as a host's might. */
export function quotingUsers (store: UserStore): UserStore {
  const failed = new Set<string>()
  const quote = (method: string, ...secrets: readonly (Sensitive | null)[]): void => {
    if (failed.has(method)) return
    failed.add(method)
    throw new Error(`${method} does not like ${secrets.map((secret) => secret?.reveal()).join(', ')}`)
  }
  return {
    ready: async () => await store.ready?.(),
    get: (pk) => store.get(pk),
    find: (query) => store.find(query),
    update: (pk, changes) => store.update(pk, changes),
    delete: (pk) => store.delete(pk),
    devices: (pk) => store.devices(pk),
    consent: (pk, application) => store.consent(pk, application),
    saveConsent: (pk, consent) => store.saveConsent(pk, consent),
    useTotpStep: (pk, device, step, key) => store.useTotpStep(pk, device, step, key),
    create (user) {
      if (user.password !== undefined) quote('create', user.password)
      return store.create(user)
    },
    async verifyPassword (user, password) {
      quote('verifyPassword', password)
      return await store.verifyPassword(user, password)
    },
    async setPassword (pk, password) {
      quote('setPassword', password)
      return await store.setPassword(pk, password)
    },
    addDevice (pk, device) {
      quote(`addDevice of ${device.type}`, ...'seed' in device ? [device.seed] : device.tokens)
      return store.addDevice(pk, device)
    },
    useStaticToken (pk, device, token, key) {
      quote('useStaticToken', token)
      return store.useStaticToken(pk, device, token, key)
    }
  }
}
