import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

/** A way to a server on which replies get lost: the connection breaks before the next one is there. Ends with the test. */
export async function losingProxy (t: Test, port: number) {
  const sockets = new Set<Socket>()
  let isToBeLost = false
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
    client.on('data', (chunk) => upstream.write(chunk))
    upstream.on('data', (chunk) => {
      if (isToBeLost) client.destroy()
      else client.write(chunk)
      isToBeLost = false
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('a server has an address')
  return { proxy: { url: `redis://127.0.0.1:${address.port}` }, loseNext: () => { isToBeLost = true } }
}
