// Compiled only: `requireSignIn` fits the routes of every app.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import Fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify'
import flowPlanner, { define } from '../../plugins/index.js'

const options = { definitions: define() }

const http2 = Fastify({ http2: true })
http2.register(flowPlanner, options)
http2.get('/', { preHandler: http2.requireSignIn }, async (request) => request.flowUser?.username)
http2.route({ method: 'GET', url: '/a', preHandler: [http2.requireSignIn], handler: async () => 'a' })
http2.addHook('preHandler', http2.requireSignIn)

const secureHttp2 = Fastify({ http2: true, https: { allowHTTP1: true } })
secureHttp2.register(flowPlanner, options)
secureHttp2.get('/', { onRequest: secureHttp2.requireSignIn }, async (request) => request.flowUser?.username)

const https = Fastify({ https: {} })
https.register(flowPlanner, options)
https.get('/', { preHandler: https.requireSignIn }, async () => 'a')

const app = Fastify().withTypeProvider<TypeBoxTypeProvider>()
const querystring = Type.Object({ a: Type.String() })
app.get('/', { preHandler: app.requireSignIn, schema: { querystring } }, async (request) => request.query.a)
app.get<{ Params: { id: string }, Reply: { a: number } }>('/:id', { preHandler: app.requireSignIn }, async () => ({ a: 1 }))
app.get<{ Reply: { 200: string } }>('/a', { preHandler: app.requireSignIn }, async () => 'a')

export const scope: FastifyPluginAsync = async (scope) => { scope.addHook('preHandler', scope.requireSignIn) }
export const plain = (app: FastifyInstance) => app.get('/', { preHandler: app.requireSignIn }, async () => 'a')

// @ts-expect-error what is no preHandler of this app's
app.get('/b', { preHandler: app.flows.signInPage }, async () => 'a')
