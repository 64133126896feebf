import t from 'tap'
import type { RedisClient } from '../../lib/redis/client.js'
import { redisStores } from '../../lib/redis/index.js'
import { define, defineFlow, stage } from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { admin } from '../flows.js'
import { lookInto } from './clients.js'
import { hasRedis, RedisServer } from './server.js'

const userFields: Array<'username' | 'email'> = ['username', 'email']

const definitions = define(admin, defineFlow({
  slug: 'in-turn',
  name: 'In turn',
  title: 'In turn',
  designation: 'authentication',
  stages: [stage('identification', 'who', { userFields }), stage('password', 'password'), stage('user_login', 'login')]
}), defineFlow({
  slug: 'at-once',
  name: 'At once',
  title: 'At once',
  designation: 'authentication',
  stages: [
    stage('identification', 'who at once', { userFields, passwordStage: stage('password', 'password at once') }),
    stage('user_login', 'login at once')
  ]
}))

if (hasRedis(t)) {
  const server = await RedisServer.start(t)
  const direct = lookInto(t, server)
  let commands = 0
  const counted: RedisClient = {
    readFields: async (key, fields) => {
      commands += 1
      return await direct.hmget(key, ...fields)
    },
    evalSha: async (sha, keys, args) => {
      commands += 1
      return await direct.evalsha(sha, keys.length, ...keys, ...args)
    },
    eval: async (script, keys, args) => await direct.eval(script, keys.length, ...keys, ...args)
  }
  const { sessions, consumed: _byTheHost, ...stores } = redisStores(counted, { definitions })
  const app = await buildApp(t, {
    definitions,
    session: { store: sessions },
    planner: { ...stores, sealKeys: [new Uint8Array(32)], attemptLimits: { perIdentifier: false, perAddress: false } }
  })

  /** How many commands each request takes that says something of a user. */
  const costs = async (name: string) => {
    const client = new Client(app)
    const cost = async (request: () => Promise<unknown>) => {
      const before = commands
      await request()
      return commands - before
    }
    await client.get('in-turn')
    const identification = await cost(() => client.post('in-turn', { component: 'ak-stage-identification', uid_field: name }))
    const challenge = await cost(() => client.get('in-turn'))
    const password = await cost(() => client.post('in-turn', { component: 'ak-stage-password', password: 'wrong' }))
    await client.get('at-once')
    const both = await cost(() => client.post('at-once', { component: 'ak-stage-identification', uid_field: name, password: 'wrong' }))
    const again = await cost(() => client.post('at-once', { component: 'ak-stage-identification', uid_field: name, password: 'wrong' }))
    return { identification, challenge, password, both, again }
  }

  t.test('a user who is not there takes as many commands as one who is', async (t) => {
    await costs('nobody at all')
    const known = await costs('admin')
    t.ok(Object.values(known).every((count) => count > 1))
    t.strictSame(await costs('ada@example.com'), known)
    t.strictSame(await costs('nobody'), known)
    t.strictSame(await costs('nobody@example.com'), known)
  })
}
