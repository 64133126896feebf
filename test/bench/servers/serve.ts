import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the benchmark says first: what the server is to be made with. */
export async function setup<T> (): Promise<T> {
  return await new Promise((resolve) => { process.once('message', resolve) })
}

/** Listens on a free port, and tells the benchmark which, and what processor time was used whenever it asks. */
export function serve (server: Server): void {
  server.listen(0, '127.0.0.1', () => {
    const address: AddressInfo | string | null = server.address()
    process.send?.({ port: typeof address === 'object' ? address?.port : undefined })
  })
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.({ cpu: (user + system) / 1000 })
  })
  process.on('disconnect', () => process.exit())
}
