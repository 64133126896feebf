import { CONNECTIONS, run, type LoadRequest } from './http-load.js'
import { sharesOf, type Shares } from './profile.js'
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

/** Requests before the first slice that counts: what is not compiled yet says nothing. */
const WARM_UP = 25_000

/** Slices that a profile is taken of. */
const PROFILED_SLICES = 3

/** One side of an HTTP row: makes each slice about as long as it should be, from how fast the last one was. */
export class HttpSide {
  readonly #options: SideOptions
  #rate: number | undefined

  constructor (options: SideOptions) {
    this.#options = options
  }

  async sample (): Promise<Sample> {
    const { server, slice, round, status = 200, requests } = this.#options
    const wanted = this.#rate === undefined ? Math.min(WARM_UP, 50 * slice) : this.#rate * slice / 1000
    const rounds = Math.max(1, Math.round(wanted / round / CONNECTIONS))
    const lists: LoadRequest[][] = []
    for (let connection = 0; connection < CONNECTIONS; connection += 1) lists.push(await requests(rounds))
    const sample = await run(server, { lists, count: rounds * round, status })
    this.#rate = sample.rate
    return sample
  }

  /** Where the server's processor time goes while it is loaded, with what has to be made ready for that. */
  async shares (): Promise<Shares> {
    const profile = await this.#options.server.profileOf(async () => {
      for (let slice = 0; slice < PROFILED_SLICES; slice += 1) await this.sample()
    })
    return sharesOf(profile)
  }
}
