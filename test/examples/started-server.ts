import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

/** A server in a process of its own. */
export interface StartedServer {
  readonly url: string
  /** What it has printed so far. */
  said (): string
  /** Tells it to end, and gives its exit code. */
  end (): Promise<number | null>
}

const built = fileURLToPath(new URL('../../dist/examples/server.js', import.meta.url))

/** Starts the built example server on a free port, and ends it with the test. */
export async function startServer (t: Test, args: readonly string[] = []): Promise<StartedServer> {
  const child = spawn(process.execPath, [built, '--port', '0', ...args], { env: { LOG_LEVEL: 'silent' }, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit').then(([code]: Array<number | null>) => code ?? null)
  t.teardown(() => child.kill())
  let text = ''
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
      const [, found] = /^Open (http:\S+)\/$/m.exec(text) ?? []
      if (found !== undefined) resolve(found)
    })
    ended.then(() => reject(new Error(`the server has not started: ${text}`)), reject)
  })
  return {
    url,
    said: () => text,
    end: async () => {
      child.kill('SIGTERM')
      return await ended
    }
  }
}
