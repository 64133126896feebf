import { readScript } from './script.js'

/** The server's time in milliseconds since the epoch, as text. */
export const TIME_SCRIPT = readScript("local time = redis.call('TIME') return tostring(time[1] * 1000 + math.floor(time[2] / 1000))")

/** Milliseconds for which a measurement is good: the two clocks drift apart by less than 30 ms in them. */
const GOOD_FOR = 60_000

/**
 * The server's clock as this process knows it. Deadlines are in the server's time, because it is the server that refuses what
 * is late; ages are not, they go by the host's clock.
 */
export class ServerClock {
  readonly #measure: () => Promise<number>
  readonly #clock: () => number
  #measuring: Promise<void> | undefined
  #ahead = 0
  #measuredAt = -Infinity

  /**
   * @param measure asks the server for its time.
   * @param clock milliseconds of a clock that never goes back.
   */
  constructor (measure: () => Promise<number>, clock: () => number) {
    this.#measure = measure
    this.#clock = clock
  }

  /** The server's time in so many milliseconds, whole and rather too early than too late; measures first where that is due. */
  async in (milliseconds: number): Promise<number> {
    if (this.#clock() - this.#measuredAt > GOOD_FOR) {
      this.#measuring ??= this.#compare().finally(() => { this.#measuring = undefined })
      await this.#measuring
    }
    return Math.floor(this.#clock() + this.#ahead + milliseconds)
  }

  /** Makes the next deadline be measured anew. */
  forget (): void {
    this.#measuredAt = -Infinity
  }

  async #compare (): Promise<void> {
    const time = await this.#measure()
    this.#measuredAt = this.#clock()
    this.#ahead = time - this.#measuredAt
  }
}
