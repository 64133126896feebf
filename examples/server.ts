import { fileURLToPath } from 'node:url'
import { BlueprintError, DefinitionError } from 'fastify-flow-planner'
import { buildServer } from './app.js'
import { readOptions, UsageError } from './server-options.js'

/** From `dist/examples/` as from `examples/`, the blueprints are those of the sources. */
const ownBlueprints = fileURLToPath(new URL('../../examples/blueprints/', import.meta.url))

async function main (): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env, ownBlueprints)
  const app = await buildServer(options, process.env['LOG_LEVEL'] ?? 'info')
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { app.close().catch(fail) })
  const url = await app.listen({ port: options.port, host: options.host })
  const { users } = app.flows.registry.current.definitions
  console.log(`\nOpen ${url}/\n`)
  if (users.length > 0) console.log(`Who can sign in: ${users.map(({ username }) => username).join(', ')} (passwords are in the blueprints)\n`)
  if (options.inspect === 'everyone') {
    console.log('EVERYONE MAY INSPECT RUNS AND READ DEFINITIONS HERE. Use --inspect superusers for anything but a trial.\n')
  }
}

/** Ends the start with a message that a person can use: wrong input without a stack, anything else with one. */
function fail (error: unknown): void {
  const isInput = error instanceof UsageError || error instanceof BlueprintError || error instanceof DefinitionError
  console.error(isInput ? error.message : error)
  process.exitCode = 1
}

main().catch(fail)
