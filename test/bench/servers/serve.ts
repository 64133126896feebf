import type { Server } from 'node:http'
import { Session, type Profiler } from 'node:inspector'
import type { AddressInfo } from 'node:net'

/** What the benchmark says first: what the server is to be made with. */
export async function setup<T> (): Promise<T> {
  return await new Promise((resolve) => { process.once('message', resolve) })
}

/** Milliseconds. */
function cpuTime (): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const inspector = new Session()

/** Microseconds between two samples. */
const SAMPLING = 200

function startProfile (): void {
  inspector.connect()
  inspector.post('Profiler.enable')
  inspector.post('Profiler.setSamplingInterval', { interval: SAMPLING })
  inspector.post('Profiler.start')
}

function stopProfile (take: (profile: Profiler.Profile) => void): void {
  inspector.post('Profiler.stop', (error, { profile }) => {
    inspector.disconnect()
    if (error !== null) throw error
    take(profile)
  })
}

/**
 * Listens on a free port, and tells the benchmark which. Whenever it asks, tells it what processor time was used, and where that
 * went between two questions.
 */
export function serve (server: Server): void {
  server.listen(0, '127.0.0.1', () => {
    const address: AddressInfo | string | null = server.address()
    process.send?.({ port: typeof address === 'object' ? address?.port : undefined })
  })
  process.on('message', (asked) => {
    if (asked === 'profile') startProfile()
    else if (asked === 'profiled') stopProfile((profile) => process.send?.({ profile }))
    else process.send?.({ cpu: cpuTime() })
  })
  process.on('disconnect', () => process.exit())
}
