import flowPlanner, { define, defineFlow, stage } from 'fastify-flow-planner'
import { redisStores } from 'fastify-flow-planner/redis'
import { Redis } from 'ioredis'
import { FRAMES_FLOW, FRAMES_FLOW_STAGES, WALK_FLOW, WALK_STAGES } from '../flows.js'
import { serve, setup } from './serve.js'
import { sessionApp } from './session-app.js'

/** Ours: the plugin with a flow of four dummy stages, and one that is long enough for a hundred frames. */
const dummies = (slug: string, count: number) => defineFlow({
  slug,
  name: slug,
  title: 'Benchmark',
  designation: 'authentication',
  stages: Array.from({ length: count }, (_, index) => stage('dummy', `${slug}-${index + 1}`))
})

/** With a socket of Redis, runs are there; sessions are in memory in any case. */
const { redis } = await setup<{ redis?: string }>()
const app = await sessionApp()
await app.register(flowPlanner, {
  definitions: define(dummies(WALK_FLOW, WALK_STAGES), dummies(FRAMES_FLOW, FRAMES_FLOW_STAGES)),
  canInspect: () => true,
  pages: false,
  ...redis === undefined ? {} : { runs: redisStores(new Redis({ path: redis })).runs }
})
await app.ready()
serve(app.server)
