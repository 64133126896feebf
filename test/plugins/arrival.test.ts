import { once } from 'node:events'
import { createServer, IncomingMessage, request } from 'node:http'
import { Socket } from 'node:net'
import t from 'tap'
import { arrivalOf, isNoted, noteArrival } from '../../plugins/arrival.js'
import { Settling } from '../../plugins/settling.js'

t.test('arrival: of two notes the first is right; where there is none, a request has come now', async (t) => {
  const clock = () => 200
  const noted = new IncomingMessage(new Socket())
  t.equal(isNoted(noted), false)
  noteArrival(noted, 100)
  noteArrival(noted, 150)
  t.equal(isNoted(noted), true)
  t.equal(arrivalOf(noted, clock), 100)
  t.equal(arrivalOf(new IncomingMessage(new Socket()), clock), 200)
})

t.test('arrival: a request has come before anybody has begun to work on it', async (t) => {
  let now = 100
  const arrivals: number[] = []
  const server = createServer((request, response) => {
    now += 50
    arrivals.push(arrivalOf(request, () => now))
    response.end()
  })
  const settling = new Settling(server, () => now, (request) => noteArrival(request, now))
  t.ok(settling)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  const asked = request({ host: '127.0.0.1', port: typeof address === 'object' ? address?.port : 0 })
  asked.end()
  const [response] = await once(asked, 'response')
  response.resume()
  await once(response, 'end')
  t.same(arrivals, [100])
})
