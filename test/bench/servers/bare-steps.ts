import { jsonText } from './json-text.js'
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
app.get(path, (request, reply) => {
  request.session.step = 0
  return jsonText(reply, texts[0])
})
app.post(path, (request, reply) => {
  const step = (request.session.step ?? 0) + 1
  request.session.step = step
  return jsonText(reply, texts[step])
})
await app.ready()
serve(app.server)
