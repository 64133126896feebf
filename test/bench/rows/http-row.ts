import type { Cores } from '../cores.js'
import { HttpSide, type SideOptions } from '../http-side.js'
import type { Contest } from '../row.js'
import { RedisProcess } from '../redis-process.js'
import { ServerProcess } from '../server-process.js'

/** Starts servers, and stops all of them when one cannot be started or used. */
export class Servers {
  readonly #cores: Cores
  readonly #running: { stop (): Promise<void> }[] = []

  constructor (cores: Cores) {
    this.#cores = cores
  }

  async start (name: string, setup: object = {}): Promise<ServerProcess> {
    const server = await ServerProcess.start(this.#cores, name, setup)
    this.#running.push(server)
    return server
  }

  /** Starts a Redis, and gives its socket. */
  async startRedis (): Promise<string> {
    const redis = await RedisProcess.start()
    this.#running.push(redis)
    return redis.socket
  }

  async stop (): Promise<void> {
    await Promise.all(this.#running.map(async (server) => await server.stop()))
  }
}

/** Makes a contest between two servers. */
export async function httpContest (
  cores: Cores, prepare: (servers: Servers) => Promise<{ ours: SideOptions, beside: SideOptions }>
): Promise<Contest> {
  const servers = new Servers(cores)
  try {
    const { ours, beside } = await prepare(servers)
    const [ourSide, besideSide] = [new HttpSide(ours), new HttpSide(beside)]
    return {
      ours: async () => await ourSide.sample(),
      beside: async () => await besideSide.sample(),
      shares: async () => ({ ours: await ourSide.shares(), beside: await besideSide.shares() }),
      close: async () => await servers.stop()
    }
  } catch (error) {
    await servers.stop()
    throw error
  }
}
