import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/**
 * Whether `redis-server` is there. A test that needs it says so and passes where it is not; with CI=true in the environment
 * its absence is a failure.
 */
export function hasRedis (t: Test): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    if (process.env['CI'] === 'true') t.fail('redis-server is needed here, and is not installed')
    else t.pass('redis-server is not installed: nothing was tested')
    return false
  }
}

/** A `redis-server` of the test's own, on a free port of the loopback address, with its files in a temporary folder. */
export class RedisServer {
  readonly port: number
  readonly #folder: string
  readonly #args: readonly string[]
  #process: ChildProcess | undefined

  private constructor (port: number, folder: string, args: readonly string[]) {
    this.port = port
    this.#folder = folder
    this.#args = args
  }

  /** Starts a server that ends with the test. */
  static async start (t: Test, ...args: readonly string[]): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'flows-redis-'))
    const server = new RedisServer(await freePort(), folder, args)
    t.teardown(async () => {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    })
    await server.run()
    return server
  }

  get url (): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Runs the server (again), with what it had saved, and waits until it answers. */
  async run (): Promise<void> {
    const child = spawn('redis-server', [
      '--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder, '--save', '', '--appendonly', 'yes',
      '--appendfsync', 'always', ...this.#args
    ], { stdio: 'ignore' })
    this.#process = child
    for (;;) {
      if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`)
      if (await answers(this.port)) return
      await new Promise((resolve) => { setTimeout(resolve, 20) })
    }
  }

  /** Ends the server; what it held is on disk. */
  async stop (): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  /** Stops the process in its tracks: connections stay, nothing is answered. */
  pause (): void {
    this.#process?.kill('SIGSTOP')
  }

  resume (): void {
    this.#process?.kill('SIGCONT')
  }
}

async function freePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('a server has a port')
  return address.port
}

/** Whether the server replies to a PING with PONG, and not that it is still loading. */
async function answers (port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    socket.write('PING\r\n')
    const [reply] = await once(socket, 'data')
    return String(reply).startsWith('+PONG')
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
