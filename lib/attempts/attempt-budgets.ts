import { OptionsError } from '../errors.js'
import type { MaybePromise } from '../maybe-promise.js'
import type { Log } from '../services.js'
import { addressKey, identifierKey, runKey } from './attempt-key.js'
import type { AttemptStore } from './attempt-store.js'

/** How many attempts are taken before somebody has to wait. `false` counts none of a sort. */
export interface AttemptLimits {
  /** Of one run. Defaults to 20. */
  readonly perRun?: number | false
  /** At one identifier, from wherever. Whoever uses it up keeps its owner waiting too. Defaults to 20. */
  readonly perIdentifier?: number | false
  /** From one address (of IPv6, one network of 64 bits). Defaults to 500. */
  readonly perAddress?: number | false
  /** Seconds from the first attempt that is counted until the count begins anew. Defaults to 900. */
  readonly window?: number
}

/** What is known of an attempt before it is judged. */
export interface AttemptFacts {
  readonly run: string
  /** Whose secret is guessed at, as it was typed; null where the flow is about nobody yet. */
  readonly identifier: string | null
  readonly address: string
}

/** Whether an attempt may be judged; where not, after how many seconds to try again. */
export type TakenAttempt =
  | { readonly allowed: true, readonly giveBack: () => MaybePromise<void> }
  | { readonly allowed: false, readonly retryAfter: number }

interface Budget {
  readonly max: number | false
  readonly key: string
}

/**
 * Counts attempts by run, identifier and address before they are judged. What turned out to be right is given back, and no more
 * than that: neither does an attacker's own account refill an address, nor its owner's sign-in an identifier under attack.
 */
export class AttemptBudgets {
  readonly #store: AttemptStore
  readonly #log: Log
  readonly #limits: Required<AttemptLimits> | undefined

  /** @throws OptionsError where a limit is no whole number from 1, the window is not above 0, or a name is none of these. */
  constructor (store: AttemptStore, limits: AttemptLimits | false, log: Log) {
    this.#store = store
    this.#log = log
    this.#limits = limits === false ? undefined : withDefaults(limits)
  }

  /** Counts an attempt under every budget, or under none where one of them is used up. */
  async take (facts: AttemptFacts): Promise<TakenAttempt> {
    const taken: string[] = []
    const giveBack = async (): Promise<void> => await this.#giveBack(taken)
    for (const { key, max } of this.#budgets(facts)) {
      if (max === false) continue
      const answer = await this.#store.take(key, { max, window: this.#window })
      if (!answer.allowed) {
        await giveBack()
        return { allowed: false, retryAfter: Math.max(1, Math.ceil(answer.retryAfter / 1000)) }
      }
      taken.push(key)
    }
    return { allowed: true, giveBack }
  }

  /** The widest first: who is over it takes nothing from the others, not even for a moment. */
  #budgets ({ run, identifier, address }: AttemptFacts): Budget[] {
    if (this.#limits === undefined) return []
    const { perAddress, perIdentifier, perRun } = this.#limits
    const ofIdentifier = identifier === null ? [] : [{ max: perIdentifier, key: identifierKey(identifier) }]
    return [{ max: perAddress, key: addressKey(address) }, ...ofIdentifier, { max: perRun, key: runKey(run) }]
  }

  get #window (): number {
    return (this.#limits?.window ?? 0) * 1000
  }

  /** A store that fails here leaves somebody with fewer attempts; what was right stays right. */
  async #giveBack (keys: readonly string[]): Promise<void> {
    try {
      for (const key of keys) await this.#store.giveBack(key)
    } catch (error) {
      this.#log.warn({ err: error }, 'an attempt could not be given back')
    }
  }
}

const DEFAULTS: Required<AttemptLimits> = { perRun: 20, perIdentifier: 20, perAddress: 500, window: 900 }

function withDefaults (limits: AttemptLimits): Required<AttemptLimits> {
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(DEFAULTS, name)) throw wrong(name, `is none of ${Object.keys(DEFAULTS).join(', ')}`)
    if (name === 'window') {
      if (!(value > 0 && Number.isFinite(value))) throw wrong(name, 'must be a number of seconds above 0')
    } else if (value !== false && !(Number.isInteger(value) && value >= 1)) throw wrong(name, 'must be a whole number from 1, or false')
  }
  return { ...DEFAULTS, ...limits }
}

function wrong (name: string, what: string): Error {
  return new OptionsError(`option 'attemptLimits.${name}': ${what}`)
}
