import { parseArgs } from 'node:util'

/** Who may inspect runs on the example server. */
export type Inspect = 'everyone' | 'superusers' | 'nobody'

export interface ServerOptions {
  readonly port: number
  readonly host: string
  /** Files and folders of blueprints. */
  readonly blueprints: readonly string[]
  readonly inspect: Inspect
  /** URL of a Redis or Valkey server that keeps state; without one it is kept in memory. */
  readonly redis?: string
}

const USAGE = `npm start -- [--port N] [--host H] [--blueprints PATH]… [--inspect everyone|superusers|nobody] [--redis URL]

  --port N           where to listen; 3000, or PORT
  --host H           where to listen; 127.0.0.1, or HOST
  --blueprints PATH  a blueprint or a folder of them; may be given several times; the example's own without it
  --inspect WHO      who may inspect runs; everyone
  --redis URL        keeps state in Redis or Valkey, such as redis://127.0.0.1:6379; in memory without it`

/** A wrong command line; the message says what would be right. */
export class UsageError extends Error {
  constructor (message: string) {
    super(`${message}\n\n${USAGE}`)
    this.name = 'UsageError'
  }
}

/**
 * Reads the command line and the environment; the command line goes first.
 *
 * @throws UsageError
 */
export function readOptions (
  args: readonly string[], env: Readonly<Record<string, string | undefined>>, ownBlueprints: string
): ServerOptions {
  const { values } = parse(args)
  const port = values.port ?? env['PORT'] ?? '3000'
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) throw new UsageError(`--port: '${port}' is not a port`)
  const inspect = values.inspect ?? 'everyone'
  if (inspect !== 'everyone' && inspect !== 'superusers' && inspect !== 'nobody') {
    throw new UsageError(`--inspect: '${inspect}' is not one of everyone, superusers, nobody`)
  }
  const { redis } = values
  if (redis !== undefined && !/^rediss?:\/\//.test(redis)) {
    throw new UsageError(`--redis: '${redis}' is not a URL of Redis`)
  }
  return {
    port: Number(port),
    host: values.host ?? env['HOST'] ?? '127.0.0.1',
    blueprints: values.blueprints ?? [ownBlueprints],
    inspect,
    ...redis === undefined ? {} : { redis }
  }
}

function parse (args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        blueprints: { type: 'string', multiple: true },
        inspect: { type: 'string' },
        redis: { type: 'string' }
      }
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'the command line is wrong')
  }
}
