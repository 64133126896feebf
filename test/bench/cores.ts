import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** The cores that there are, and who works on which. */
export interface Cores {
  readonly count: number
  /** What starts a program on the server's core, in front of its own command line; nothing where that cannot be had. */
  readonly server: readonly string[]
  /** Says where server and load run. */
  readonly text: string
}

/**
 * Puts this process, which makes the load, on one core, and says how to start servers on another one. Needs `taskset` and two
 * cores; without them everything runs where the system puts it.
 */
export function divideCores (): Cores {
  const count = availableParallelism()
  const [server, load] = allowedCores()
  if (server === undefined || load === undefined) return { count, server: [], text: 'server and load share their cores' }
  taskset('-a', '-c', '-p', load, String(process.pid))
  return { count, server: ['taskset', '-c', server], text: `server on core ${server}, load on core ${load}` }
}

/** The cores that this process may use, as far as they can be told. */
function allowedCores (): string[] {
  const list = /: ([\d,-]+)\s*$/.exec(taskset('-c', '-p', String(process.pid)))?.[1] ?? ''
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-')
    return first === last || last === undefined ? [first ?? ''] : [first ?? '', last]
  }).filter((core) => core !== '')
}

function taskset (...args: readonly string[]): string {
  try {
    return execFileSync('taskset', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return ''
  }
}
