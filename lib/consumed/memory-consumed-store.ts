import type { ConsumedStore } from './consumed-store.js'

/** How long a {@link MemoryConsumedStore} remembers. */
export interface MemoryConsumedOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Seconds that a single-use token is remembered; it must not be good for longer. Defaults to 400 days. */
  readonly tokenAge?: number
}

/** Seconds that the last step of a device is remembered: many times what a code is good for. */
export const STEP_AGE = 86_400

/** Seconds that a single-use token is remembered where nothing else is stated. */
export const TOKEN_AGE = 400 * 86_400

interface Taken {
  readonly step: number
  readonly until: number
}

/** What was used in one process, or in several that were given the same one by a host. Forgets what is too old to be good. */
export class MemoryConsumedStore implements ConsumedStore {
  /** In the order in which they are forgotten. */
  readonly #steps = new Map<string, Taken>()
  readonly #tokens = new Map<string, Taken>()
  readonly #now: () => number
  readonly #tokenAge: number

  constructor ({ now, tokenAge = TOKEN_AGE }: MemoryConsumedOptions) {
    this.#now = now
    this.#tokenAge = tokenAge
  }

  useStep (device: string, step: number): boolean {
    return this.#take(this.#steps, device, step, STEP_AGE)
  }

  useToken (token: string): boolean {
    return this.#take(this.#tokens, token, 0, this.#tokenAge)
  }

  #take (taken: Map<string, Taken>, key: string, step: number, age: number): boolean {
    const now = this.#now()
    forgetExpired(taken, now)
    if (!Number.isSafeInteger(step) || step <= (taken.get(key)?.step ?? -1)) return false
    taken.delete(key)
    taken.set(key, { step, until: now + age * 1000 })
    return true
  }

  /** How many devices and tokens are remembered. */
  get size (): number {
    return this.#steps.size + this.#tokens.size
  }
}

function forgetExpired (taken: Map<string, Taken>, now: number): void {
  for (const [key, { until }] of taken) {
    if (until > now) return
    taken.delete(key)
  }
}
