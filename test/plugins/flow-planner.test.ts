import cookie from '@fastify/cookie'
import session from '@fastify/session'
import Fastify from 'fastify'
import t from 'tap'
import flowPlanner, { define, MemoryUserStore } from '../../plugins/index.js'
import { dummies } from '../flows.js'

/** A store that tells when it is asked to get ready, as one that needs a connection would. */
class ConnectedStore extends MemoryUserStore {
  isConnected = false
  asked = 0

  override async ready (): Promise<void> {
    this.asked += 1
    if (!this.isConnected) throw new Error('there is no connection yet')
    await super.ready()
  }
}

t.test("plugin: a store of the app's gets ready with the app, after what was registered later has connected it", async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  const users = new ConnectedStore({
    users: [], groups: [], now: Date.now, newId: () => 'id', randomBytes: (length) => new Uint8Array(length)
  })
  app.addHook('onReady', async () => { users.isConnected = true })
  await app.register(cookie)
  await app.register(session, { secret: 'a secret of at least thirty-two characters' })
  await app.register(flowPlanner, { definitions: define(dummies('walk', 'one')), users, pages: false })
  await app.ready()
  t.equal(users.asked, 1)
})
