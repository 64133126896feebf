import type { Services } from '../services.js'
import type { BrowserSession } from '../stages/stage-kind.js'
import type { UserStore } from '../users/user-store.js'

/** To be awaited before an effect; rejects where there must be none. */
export type BeforeEffect = () => Promise<void>

/** The services, with everything that changes users or scores waiting for `before`. */
export function guardedServices (services: Services, before: BeforeEffect): Services {
  const { reputation } = services
  return {
    ...services,
    users: guardedUsers(services.users, before),
    reputation: {
      adjust: async (identifier, ip, change) => {
        await before()
        await reputation.adjust(identifier, ip, change)
      },
      score: (query) => reputation.score(query)
    }
  }
}

/** The browser's session, with signing in and out waiting for `before`. */
export function guardedBrowser (browser: BrowserSession, before: BeforeEffect): BrowserSession {
  return {
    signIn: async (user, signIn) => {
      await before()
      await browser.signIn(user, signIn)
    },
    renewSignIn: async (user) => {
      await before()
      await browser.renewSignIn(user)
    },
    signOut: async () => {
      await before()
      await browser.signOut()
    }
  }
}

function guardedUsers (users: UserStore, before: BeforeEffect): UserStore {
  const guarded = <Args extends readonly unknown[], Result>(change: (...args: Args) => Result | Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      await before()
      return await change(...args)
    }
  return {
    get: (pk) => users.get(pk),
    getNobody: () => users.getNobody?.(),
    find: (query) => users.find(query),
    verifyPassword: (user, password) => users.verifyPassword(user, password),
    devices: (pk) => users.devices(pk),
    consent: (pk, application) => users.consent(pk, application),
    create: guarded((user) => users.create(user)),
    update: guarded((pk, changes) => users.update(pk, changes)),
    setPassword: guarded((pk, password) => users.setPassword(pk, password)),
    delete: guarded((pk) => users.delete(pk)),
    addDevice: guarded((pk, device) => users.addDevice(pk, device)),
    useTotpStep: guarded((pk, device, step, key) => users.useTotpStep(pk, device, step, key)),
    useStaticToken: guarded((pk, device, token, key) => users.useStaticToken(pk, device, token, key)),
    saveConsent: guarded((pk, consent) => users.saveConsent(pk, consent))
  }
}
