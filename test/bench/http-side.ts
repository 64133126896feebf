import { CONNECTIONS, run, type LoadRequest } from './http-load.js'
import type { Sample } from './row.js'
import type { ServerProcess } from './server-process.js'

/** How one side of an HTTP row is loaded. */
export interface SideOptions {
  readonly server: ServerProcess
  /** Milliseconds that a slice should take. */
  readonly slice: number
  /** Requests that belong together: a connection sends whole rounds of them. */
  readonly round: number
  /** The status of every answer. Defaults to 200. */
  readonly status?: number
  /** What a connection is to send in so many rounds; made ready before the time is taken. */
  readonly requests: (rounds: number) => Promise<LoadRequest[]>
}

/** Sent before the first slice that counts, because what is not compiled yet says nothing; and how many slices that may take. */
const WARM_UP = { requests: 10_000, batches: 3, slices: 5 } as const

/** One side of an HTTP row: makes each slice about as long as it should be, from how fast the last one was. */
export class HttpSide {
  readonly #options: SideOptions
  #rate: number | undefined

  constructor (options: SideOptions) {
    this.#options = options
  }

  async sample (): Promise<Sample> {
    this.#rate ??= await this.#warmUp()
    const sample = await this.#send(this.#rate * this.#options.slice / 1000)
    this.#rate = sample.rate
    return sample
  }

  /** @returns how many requests it answers per second. */
  async #warmUp (): Promise<number> {
    const { slice } = this.#options
    const until = performance.now() + WARM_UP.slices * slice
    let rate = 0
    for (let batch = 0; batch === 0 || (batch < WARM_UP.batches && performance.now() < until); batch += 1) {
      ({ rate } = await this.#send(Math.min(WARM_UP.requests, 10 * slice)))
    }
    return rate
  }

  async #send (wanted: number): Promise<Sample> {
    const { server, round, status = 200, requests } = this.#options
    const rounds = Math.max(1, Math.round(wanted / round / CONNECTIONS))
    const lists: LoadRequest[][] = []
    for (let connection = 0; connection < CONNECTIONS; connection += 1) lists.push(await requests(rounds))
    return await run(server, { lists, count: rounds * round, status })
  }
}
