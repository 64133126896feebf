import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import session from '@fastify/session'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import flowPlanner from 'fastify-flow-planner'
import { readDefinitions } from './definitions.js'
import { GERMAN } from './german.js'
import { HOME_STYLE, homePage } from './home-page.js'
import { readSecrets } from './secrets.js'
import type { ServerOptions } from './server-options.js'

/**
 * Builds the example server: blueprints from disk, everything else in memory, or in Redis where there is one.
 *
 * @throws BlueprintError, DefinitionError
 */
export async function buildServer ({ blueprints, inspect, redis }: ServerOptions, logLevel: string): Promise<FastifyInstance> {
  const { definitions, warnings } = readDefinitions(blueprints)
  const secrets = readSecrets(process.env)
  const shared = redis === undefined
    ? undefined
    : await (await import('./shared-state.js')).connectState(redis, secrets, definitions)
  // The store of users keeps what codes were used itself.
  const { sessions, consumed: _notNeeded, ...stores } = shared?.stores ?? {}
  const app = Fastify({ logger: { level: logLevel } })
  for (const warning of warnings) app.log.warn(warning)
  app.addHook('onClose', async () => shared?.close())
  // In a context of its own, made before the session plugin: it answers whatever has become of the stores.
  await app.register(async (health) => {
    health.get('/-/health/live/', async (_request, reply) => await reply.code(204).send())
  })
  // What a page does not state for itself is forbidden; the pages of flows and the front page state theirs.
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } }
  })
  // Requests of any sort from one address; guesses at passwords and codes are counted by the flows themselves.
  await app.register(rateLimit, { max: 3000, timeWindow: '1 minute', allowList: ['127.0.0.1', '::1'] })
  await app.register(cookie)
  await app.register(session, {
    secret: secrets.session,
    ...sessions === undefined ? {} : { store: sessions },
    cookie: { secure: 'auto', httpOnly: true, sameSite: 'lax' },
    rolling: false,
    saveUninitialized: false
  })
  const mayLook = (request: FastifyRequest) => inspect === 'everyone' || (inspect === 'superusers' && request.flowUser?.isSuperuser === true)
  await app.register(flowPlanner, {
    definitions,
    ...stores,
    sealKeys: secrets.seal,
    brand: { title: 'Flow planner' },
    languages: { de: { messages: GERMAN } },
    recordRuns: inspect !== 'nobody',
    canInspect: mayLook,
    canSimulate: mayLook
  })
  app.get('/', async (request, reply) => await reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', "default-src 'none'; style-src 'self'; img-src data:")
    .header('cache-control', 'no-store')
    .send(homePage([...app.flows.registry.current.flows].map(({ flow }) => flow), request.flowUser)))
  app.get('/home.css', async (_request, reply) => await reply.type('text/css; charset=utf-8').send(HOME_STYLE))
  app.get('/private', { preHandler: app.requireSignIn }, async (request) => ({ hello: request.flowUser?.name }))
  return app
}
