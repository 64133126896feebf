import cookie from '@fastify/cookie'
import session from '@fastify/session'
import Fastify, { type FastifyInstance } from 'fastify'

/** A Fastify app with a session and nothing else: what every HTTP row has on both sides. */
export async function sessionApp (): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(cookie)
  await app.register(session, {
    secret: 'a secret of at least thirty-two characters', cookie: { secure: false }, rolling: false, saveUninitialized: false
  })
  return app
}
