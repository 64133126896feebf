import type { MaybePromise } from '../maybe-promise.js'
import type { ClaimedRun } from './claimed-run.js'
import type { Browser } from './flow-request.js'
import type { Walk } from './walk.js'

/** What a walk waits for around that which others can see of it. */
export interface WalkGuard {
  /** To be awaited before an effect outside the run; rejects where there must be none. */
  beforeEffect (): Promise<void>
  /** To be awaited when a stage has passed. */
  afterPass (): MaybePromise<void>
}

/** Of a walk that has no effect: one that only looks, or has not been told yet which run it moves. */
export const NO_GUARD: WalkGuard = { beforeEffect: async () => {}, afterPass: () => {} }

/** Claims the run before an effect, and keeps what a stage has come to once it has passed. */
export class RunGuard implements WalkGuard {
  readonly #run: ClaimedRun
  readonly #walk: Walk
  readonly #browser: Browser
  readonly #key: string

  constructor (run: ClaimedRun, walk: Walk, browser: Browser) {
    this.#run = run
    this.#walk = walk
    this.#browser = browser
    this.#key = browser.key
  }

  async beforeEffect (): Promise<void> {
    await this.#run.claim(() => this.#walk.checkpoint())
  }

  afterPass (): MaybePromise<void> {
    // A session that has changed its id has a place of its own for the run, which the write at the end finds.
    return this.#run.isClaimed && this.#browser.key === this.#key ? this.#run.keep(this.#walk.checkpoint()) : undefined
  }
}
