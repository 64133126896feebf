import { jsonText } from './json-text.js'
import { serve, setup } from './serve.js'
import { sessionApp } from './session-app.js'

/** Bare: a route that sends one prebuilt text, behind the same session. */
const { path, text } = await setup<{ path: string, text: string }>()

declare module 'fastify' {
  interface Session {
    isKept?: boolean
  }
}

const app = await sessionApp()
app.get('/session', async (request) => {
  request.session.isKept = true
  return {}
})
app.get(path, (_request, reply) => jsonText(reply, text))
await app.ready()
serve(app.server)
