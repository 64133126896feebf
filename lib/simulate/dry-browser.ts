import type { Browser } from '../executor/flow-request.js'
import type { User } from '../model/user.js'
import type { SignIn } from '../stages/stage-kind.js'
import type { EffectLog } from './effect-log.js'

/** A browser session that there is not: who signs in here is signed in for the rest of the walk. */
export class DryBrowser implements Browser {
  readonly key = 'simulation'
  readonly #log: EffectLog
  user: User | null

  constructor (user: User | null, log: EffectLog) {
    this.user = user
    this.#log = log
  }

  remember (): void {}

  async signIn (user: User, { duration, terminateOthers }: SignIn): Promise<void> {
    this.#log.note('sign_in', { username: user.username, duration, terminateOthers })
    this.user = user
  }

  async renewSignIn (): Promise<void> {}

  async signOut (): Promise<void> {
    this.#log.note('sign_out', this.user === null ? {} : { username: this.user.username })
    this.user = null
  }
}
