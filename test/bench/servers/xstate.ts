import { createActor, createMachine, type Snapshot } from 'xstate'
import { jsonText } from './json-text.js'
import { serve, setup } from './serve.js'
import { sessionApp } from './session-app.js'

/** XState: the same four steps as a machine, whose actor is taken from the session and put back with each request. */
const { path, texts } = await setup<{ path: string, texts: string[] }>()

declare module 'fastify' {
  interface Session {
    actor?: Snapshot<unknown>
  }
}

const machine = createMachine({
  initial: '0',
  states: Object.fromEntries(texts.map((_, step) => [
    String(step), step === texts.length - 1 ? { type: 'final' } : { on: { answer: { target: String(step + 1) } } }
  ]))
})

const app = await sessionApp()
app.get(path, (request, reply) => {
  const actor = createActor(machine).start()
  request.session.actor = actor.getPersistedSnapshot()
  actor.stop()
  return jsonText(reply, texts[0])
})
app.post(path, (request, reply) => {
  const { actor: snapshot } = request.session
  const actor = createActor(machine, snapshot === undefined ? {} : { snapshot }).start()
  actor.send({ type: 'answer' })
  request.session.actor = actor.getPersistedSnapshot()
  const text = texts[Number(actor.getSnapshot().value)]
  actor.stop()
  return jsonText(reply, text)
})
await app.ready()
serve(app.server)
