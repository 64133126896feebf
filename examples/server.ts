import { buildServer } from './app.js'
import { fail, ownBlueprints } from './server-main.js'
import { readOptions } from './server-options.js'

async function main (): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env, ownBlueprints)
  const app = await buildServer(options, process.env['LOG_LEVEL'] ?? 'info')
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { app.close().catch(fail) })
  const url = await app.listen({ port: options.port, host: options.host })
  const { users } = app.flows.registry.current.definitions
  console.log(`\nOpen ${url}/\n`)
  if (users.length > 0) console.log(`Who can sign in: ${users.map(({ username }) => username).join(', ')} (passwords are in the blueprints)\n`)
  if (options.redis !== undefined && process.env['SEAL_KEYS'] === undefined) {
    console.log('State is in Redis under keys made at this start. Set SESSION_SECRET and SEAL_KEYS to find it again at the next.\n')
  }
  if (options.inspect === 'everyone') {
    console.log('EVERYONE MAY INSPECT RUNS AND READ DEFINITIONS HERE. Use --inspect superusers for anything but a trial.\n')
  }
}

main().catch(fail)
