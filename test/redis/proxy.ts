import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

/** A way to a server by which the test decides how what is sent gets to the other end. Gives its URL, and ends with the test. */
async function proxy (t: Test, port: number, relay: (client: Socket, upstream: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        client.destroy()
        upstream.destroy()
      })
    }
    relay(client, upstream)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('a server has an address')
  return `redis://127.0.0.1:${address.port}`
}

/** A way to a server that takes its time: what is sent arrives after so many milliseconds. */
export async function slowProxy (t: Test, port: number, delay: number): Promise<string> {
  return await proxy(t, port, (client, upstream) => {
    client.on('data', (chunk) => { setTimeout(() => upstream.write(chunk), delay) })
    upstream.on('data', (chunk) => client.write(chunk))
  })
}

/** A way to a server on which replies get lost: the connection breaks before the next one is there. */
export async function losingProxy (t: Test, port: number) {
  let isToBeLost = false
  const url = await proxy(t, port, (client, upstream) => {
    client.on('data', (chunk) => upstream.write(chunk))
    upstream.on('data', (chunk) => {
      if (isToBeLost) client.destroy()
      else client.write(chunk)
      isToBeLost = false
    })
  })
  return { proxy: { url }, loseNext: () => { isToBeLost = true } }
}
