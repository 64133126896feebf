import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import { connect, Socket, type Server as NetServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { Settling } from '../../plugins/settling.js'

/** Turns of the event loop after which whoever is not let go on waits for time, which stands still here. */
const TURNS = 100

/** A server that is settled by a clock of the test's own, and the connections that it has accepted. */
async function settled (t: Test, server: NetServer, at: { port: number } | { path: string }) {
  const clock = { now: 0 }
  const settling = new Settling(server, () => clock.now, () => {})
  const sockets: Socket[] = []
  server.on('connection', (socket: Socket) => sockets.push(socket))
  server.listen({ host: '127.0.0.1', ...at })
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const goesOn = async (socket: Socket): Promise<boolean> => {
    const turns = async (): Promise<boolean> => {
      for (let turn = 0; turn < TURNS; turn += 1) await nextTurn()
      return false
    }
    return await Promise.race([settling.settled(socket).then(() => true), turns()])
  }
  return { clock, sockets, goesOn }
}

const portOf = (server: NetServer): number => {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const answering = (): Server => createServer((_request, response) => response.end('there'))

/** Makes a request that is for no route of a flow, over a connection that stays open. */
async function ask (at: { port: number } | { path: string }): Promise<void> {
  const asked = request({ host: '127.0.0.1', method: 'GET', ...'path' in at ? { socketPath: at.path } : at, headers: { connection: 'keep-alive' } })
  asked.end()
  const [response] = await once(asked, 'response')
  response.resume()
  await once(response, 'end')
}

t.test('settling: waits for a connection that has not spoken, and for none that has, whatever about', async (t) => {
  const server = answering()
  const { clock, sockets, goesOn } = await settled(t, server, { port: 0 })
  await ask({ port: portOf(server) })
  clock.now += 20
  const [spoken] = sockets
  if (spoken === undefined) throw new Error('there is a connection')
  t.equal(await goesOn(spoken), true)
  const accepted = once(server, 'connection')
  const silent = connect(portOf(server), '127.0.0.1')
  t.teardown(() => silent.destroy())
  await accepted
  clock.now += 20
  t.equal(await goesOn(spoken), false)
})

t.test('settling: hears what is said over HTTP/2, where a request has another object for its connection', async (t) => {
  const server = createHttp2Server((_request, response) => response.end('there'))
  const { clock, sockets, goesOn } = await settled(t, server, { port: 0 })
  const session = connectHttp2(`http://127.0.0.1:${portOf(server)}`)
  t.teardown(() => session.destroy())
  const stream = session.request({ ':path': '/' })
  stream.resume()
  await once(stream, 'end')
  clock.now += 20
  const [spoken] = sockets
  if (spoken === undefined) throw new Error('there is a connection')
  t.equal(await goesOn(spoken), true)
})

t.test('settling: over a Unix socket too each connection is waited for by itself', async (t) => {
  const path = join(tmpdir(), `settling-${process.pid}.sock`)
  const server = answering()
  const { clock, sockets, goesOn } = await settled(t, server, { path })
  const accepted = once(server, 'connection')
  const silent = connect(path)
  t.teardown(() => silent.destroy())
  await accepted
  await ask({ path })
  clock.now += 20
  const [first, spoken] = sockets
  if (first === undefined || spoken === undefined) throw new Error('there are two connections')
  t.equal(await goesOn(spoken), false)
  silent.destroy()
  if (!first.closed) await once(first, 'close')
  t.equal(await goesOn(spoken), true)
})
