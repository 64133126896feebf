import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import Fastify from 'fastify'
import { define, FlowEngine, MemoryRunStore } from 'fastify-flow-planner'
import { WALK_STAGES } from '../flows.js'
import { dummies, requestOf } from './engine.js'

/**
 * Starts very many runs that nobody goes on with, in a store with room for a tenth of them, lets them grow too old, and tells
 * what the heap is before, at its peak and in the end: `node abandoned-runs.js [runs]`. A process of its own, because nothing
 * else may be on its heap.
 */
const [count = 1_000_000] = process.argv.slice(2).map(Number)
const room = count / 10

/** Runs that are started when all others are too old. */
const late = room / 10

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

function heap (): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

const clock = { time: Date.UTC(2026, 0, 1) }
const now = () => clock.time
const runs = new MemoryRunStore({ now, max: room, maxBytes: Number.MAX_SAFE_INTEGER })
const engine = new FlowEngine({ definitions: define(dummies('idle', WALK_STAGES)), runs, now }, Fastify().log)
const start = async (index: number) => await engine.executor.get(requestOf('idle', `session-${index}`))

await start(0)
const before = heap()
let peak = 0
let most = 0
for (let index = 1; index < count; index += 1) {
  await start(index)
  most = Math.max(most, runs.size)
  if (index % room === 0) peak = Math.max(peak, heap())
}
clock.time += 1_800_000
for (let index = 0; index < late; index += 1) await start(count + index)
console.log(JSON.stringify({ before, peak, after: heap(), most, left: runs.size, late }))
