import { randomBytes } from 'node:crypto'
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import Fastify, { type FastifyInstance } from 'fastify'
import flowPlanner, { define, defineFlow, policy, stage, user } from 'fastify-flow-planner'

const signIn = defineFlow({
  slug: 'sign-in',
  name: 'Sign in',
  title: 'Welcome back',
  designation: 'authentication',
  stages: [
    stage('identification', 'who', { userFields: ['username', 'email'] }),
    stage('password', 'password'),
    { stage: stage('dummy', 'a word with superusers'), policies: [policy('expression', 'is-superuser', { expression: 'host' })] },
    stage('user_login', 'login')
  ]
})

/** Builds an app whose front page is for people who are signed in, with its flows in code. */
export async function buildApp (): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(cookie)
  await app.register(session, {
    secret: randomBytes(32).toString('hex'), cookie: { secure: 'auto' }, rolling: false, saveUninitialized: false
  })
  await app.register(flowPlanner, {
    definitions: define(signIn, user('alice', { name: 'Alice', password: 'open sesame, please' })),
    policies: { 'is-superuser': ({ user }) => user?.isSuperuser === true }
  })
  app.get('/', { preHandler: app.requireSignIn }, async (request) => ({ hello: request.flowUser?.name }))
  return app
}

if (import.meta.filename === process.argv[1]) {
  const app = await buildApp()
  console.log(`Open ${await app.listen({ port: 3000 })}/ and sign in as alice (open sesame, please)`)
}
