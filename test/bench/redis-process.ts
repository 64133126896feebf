import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** Whether there is a `redis-server` to measure with. */
export function hasRedis (): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** A `redis-server` of the benchmark's own, behind a socket in a temporary folder; it keeps nothing on disk. */
export class RedisProcess {
  readonly socket: string
  readonly #folder: string
  readonly #process: ChildProcess

  private constructor () {
    this.#folder = mkdtempSync(join(tmpdir(), 'flows-bench-'))
    this.socket = join(this.#folder, 'redis.sock')
    this.#process = spawn('redis-server', [
      '--port', '0', '--unixsocket', this.socket, '--dir', this.#folder, '--save', '', '--appendonly', 'no'
    ], { stdio: 'ignore' })
  }

  /** @throws Error where it does not come up. */
  static async start (): Promise<RedisProcess> {
    const redis = new RedisProcess()
    while (!existsSync(redis.socket)) {
      if (redis.#process.exitCode !== null) throw new Error(`redis-server ended with ${redis.#process.exitCode}`)
      await setTimeout(10)
    }
    return redis
  }

  async stop (): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.kill()
    await ended
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
