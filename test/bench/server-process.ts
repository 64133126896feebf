import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Cores } from './cores.js'
import type { Profile } from './profile.js'

/** A server of the benchmark in a process of its own. */
export class ServerProcess {
  readonly url: string
  readonly #process: ChildProcess

  private constructor (process: ChildProcess, url: string) {
    this.#process = process
    this.url = url
  }

  /**
   * Starts one of the servers in `servers/`.
   *
   * @param setup what the server is to be made with; plain data.
   */
  static async start (cores: Cores, name: string, setup: object = {}): Promise<ServerProcess> {
    const [command = process.execPath, ...before] = [...cores.server, process.execPath]
    const path = fileURLToPath(new URL(`servers/${name}.js`, import.meta.url))
    const child = fork(path, [], {
      execPath: command, execArgv: before, stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env: { ...process.env, NODE_ENV: 'production' }
    })
    child.send(setup)
    return new ServerProcess(child, `http://127.0.0.1:${await reply(child, 'port', isNumber)}`)
  }

  /** Milliseconds of processor time that the server has used. */
  async cpu (): Promise<number> {
    const time = reply(this.#process, 'cpu', isNumber)
    this.#process.send('cpu')
    return await time
  }

  /** Where the server's processor time goes during a task. */
  async profileOf (task: () => Promise<void>): Promise<Profile> {
    this.#process.send('profile')
    await task()
    const profile = reply(this.#process, 'profile', isProfile)
    this.#process.send('profiled')
    return await profile
  }

  async stop (): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = once(this.#process, 'exit')
    this.#process.kill()
    await ended
  }
}

/** What a server tells next under this name. */
async function reply<T> (child: ChildProcess, name: string, isOne: (told: unknown) => told is T): Promise<T> {
  return await new Promise((resolve, reject) => {
    const onExit = () => { reject(new Error(`the server ended before it told its ${name}`)) }
    const onMessage = (message: unknown) => {
      const told: unknown = typeof message === 'object' && message !== null ? Reflect.get(message, name) : undefined
      if (!isOne(told)) return
      child.off('message', onMessage)
      child.off('exit', onExit)
      resolve(told)
    }
    child.on('message', onMessage)
    child.on('exit', onExit)
  })
}

function isNumber (told: unknown): told is number {
  return typeof told === 'number'
}

function isProfile (told: unknown): told is Profile {
  return typeof told === 'object' && told !== null && 'nodes' in told && 'samples' in told
}
