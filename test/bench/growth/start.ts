import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { median } from '../ratio.js'
import { atMost, type Claim } from './claim.js'

const TRIES = 5

/** Milliseconds from the start of the import to its end, in a process that has loaded nothing else. */
async function importing (): Promise<number> {
  const script = "const began = performance.now(); await import('fastify-flow-planner'); console.log(performance.now() - began)"
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  return Number(stdout)
}

/** Milliseconds from the start of the example's process to its first answer. */
async function answering (): Promise<number> {
  const port = await freePort()
  const example = fileURLToPath(new URL('../../examples/server.js', import.meta.url))
  const began = performance.now()
  const server = spawn(process.execPath, [example, '--port', String(port)], { stdio: 'ignore' })
  const ended = once(server, 'exit')
  while (!await isAnswered(`http://127.0.0.1:${port}/-/health/live/`)) {
    if (server.exitCode !== null) throw new Error('the example server ended')
  }
  const time = performance.now() - began
  server.kill()
  await ended
  return time
}

async function isAnswered (url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok
  } catch {
    return false
  }
}

async function freePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address: AddressInfo | string | null = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : NaN
}

async function medianOf (measure: () => Promise<number>): Promise<number> {
  const times: number[] = []
  for (let attempt = 0; attempt < TRIES; attempt += 1) times.push(await measure())
  return median(times)
}

/** Nobody waits for a start. */
export async function startClaims (): Promise<Claim[]> {
  return [
    atMost('first answer of the example server', await medianOf(answering), 1000, ' ms'),
    atMost('import of the package', await medianOf(importing), 150, ' ms')
  ]
}
