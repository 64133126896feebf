import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { buildServer } from '../../examples/app.js'

const own = fileURLToPath(new URL('../../examples/blueprints/', import.meta.url))

/** The example server, closed with the test. */
export async function exampleSite (t: Test): Promise<FastifyInstance> {
  const app = await buildServer({ port: 0, host: '', blueprints: [own], inspect: 'everyone' }, 'silent')
  t.teardown(() => app.close())
  return app
}
