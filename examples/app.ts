import { randomBytes } from 'node:crypto'
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import Fastify, { type FastifyInstance } from 'fastify'
import flowPlanner, { builtInPolicyKinds, builtInStageKinds, loadBlueprints, readBlueprints } from 'fastify-flow-planner'
import { GERMAN } from './german.js'
import { homePage } from './home-page.js'
import type { ServerOptions } from './server-options.js'

/**
 * Builds the example server: blueprints from disk, everything else in memory.
 *
 * @throws BlueprintError, DefinitionError
 */
export async function buildServer ({ blueprints, inspect }: ServerOptions, logLevel: string): Promise<FastifyInstance> {
  const { files, readFile } = readBlueprints(blueprints)
  const { definitions, warnings } = loadBlueprints(files, {
    stageKinds: builtInStageKinds, policyKinds: builtInPolicyKinds, env: process.env, readFile
  })
  const app = Fastify({ logger: { level: logLevel } })
  for (const warning of warnings) app.log.warn(warning)
  await app.register(cookie)
  await app.register(session, {
    // Made anew at each start: sign-ins are in memory and end with the process anyway.
    secret: randomBytes(32).toString('hex'),
    cookie: { secure: 'auto', httpOnly: true, sameSite: 'lax' },
    rolling: false,
    saveUninitialized: false
  })
  await app.register(flowPlanner, {
    definitions,
    brand: { title: 'Flow planner' },
    languages: { de: { messages: GERMAN } },
    canInspect: (request) => inspect === 'everyone' || (inspect === 'superusers' && request.flowUser?.isSuperuser === true)
  })
  app.get('/-/health/live/', async (_request, reply) => await reply.code(204).send())
  app.get('/', async (request, reply) => await reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', "default-src 'none'")
    .header('cache-control', 'no-store')
    .send(homePage([...app.flows.registry.current.flows].map(({ flow }) => flow), request.flowUser)))
  app.get('/private', { preHandler: app.requireSignIn }, async (request) => ({ hello: request.flowUser?.name }))
  return app
}
