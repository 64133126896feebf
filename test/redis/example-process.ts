import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The built example server, or the cluster of it, as a process of its own. */
export class ExampleProcess {
  readonly #child: ChildProcess
  #output = ''
  #waiting: (() => void) | undefined

  private constructor (child: ChildProcess) {
    this.#child = child
    const take = (chunk: unknown) => {
      this.#output += String(chunk)
      this.#waiting?.()
    }
    child.stdout?.on('data', take)
    child.stderr?.on('data', take)
    child.on('exit', () => this.#waiting?.())
  }

  /** Starts it on a free port, and waits until it listens; it ends with the test. */
  static async start (t: Test, program: 'server' | 'cluster', ...args: readonly string[]): Promise<ExampleProcess> {
    const child = spawn(process.execPath, [join(root, 'dist/examples', `${program}.js`), '--port', '0', ...args], {
      env: { ...process.env, LOG_LEVEL: 'silent' }, stdio: ['ignore', 'pipe', 'pipe']
    })
    const example = new ExampleProcess(child)
    t.teardown(async () => await example.end())
    await example.says(/Open http/)
    return example
  }

  /** Waits until what it has printed matches. */
  async says (pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.#output)
      if (match !== null) return match[1] ?? match[0]
      if (this.#child.exitCode !== null) throw new Error(`the example ended: ${this.#output}`)
      await new Promise<void>((resolve) => { this.#waiting = resolve })
    }
  }

  /** How often it has printed something. */
  count (pattern: RegExp): number {
    return [...this.#output.matchAll(pattern)].length
  }

  async origin (): Promise<string> {
    return await this.says(/Open (http:\/\/[^/\s]+)/)
  }

  get pid (): number {
    return this.#child.pid ?? 0
  }

  kill (signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async end (): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await gone
  }
}

/** A copy of the example's blueprints, which a test may change, with further users: `walker-0` …, all with one password. */
export async function copyBlueprints (t: Test, users: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'flows-blueprints-'))
  t.teardown(async () => await rm(folder, { recursive: true, force: true }))
  await cp(join(root, 'examples/blueprints'), folder, { recursive: true })
  const entry = (number: number) => `- model: authentik_core.user
  identifiers: { username: walker-${number} }
  attrs: { name: Walker ${number}, password: ${PASSWORD} }`
  const entries = Array.from({ length: users }, (_, number) => entry(number))
  await writeFile(join(folder, 'walkers.yaml'), ['version: 1', 'metadata: { name: Walkers }', 'entries:', ...entries, ''].join('\n'))
  return folder
}

/** The password of every walker. */
export const PASSWORD = 'walker-example-password'
