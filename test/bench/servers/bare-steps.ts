import { serve, setup } from './serve.js'
import { sessionApp } from './session-app.js'

/** Bare: a counter in the session. A GET sets it to zero, a POST with the same body adds one; each sends a prebuilt text. */
const { path, texts } = await setup<{ path: string, texts: string[] }>()

declare module 'fastify' {
  interface Session {
    step?: number
  }
}

const app = await sessionApp()
app.get(path, async (request, reply) => {
  request.session.step = 0
  return await reply.header('cache-control', 'no-store').type('application/json; charset=utf-8').send(texts[0])
})
app.post(path, async (request, reply) => {
  const step = (request.session.step ?? 0) + 1
  request.session.step = step
  return await reply.header('cache-control', 'no-store').type('application/json; charset=utf-8').send(texts[step])
})
await app.ready()
serve(app.server)
