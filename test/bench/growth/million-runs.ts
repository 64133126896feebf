import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { WALK_STAGES } from '../flows.js'
import { dummies, engineOf, requestOf } from './engine.js'
import { slowdown } from './time.js'

/**
 * Starts very many runs of a four-stage flow in one process, and tells what they take: `node million-runs.js [runs] [slice]`.
 * A process of its own, because nothing else may be on its heap.
 */
const [runs = 1_000_000, slice = 400] = process.argv.slice(2).map(Number)

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

function heap (): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

const flow = [dummies('idle', WALK_STAGES)]
const few = engineOf(flow, 10)
const many = engineOf(flow, runs)
const key = (index: number) => `session-${index}`
for (let index = 0; index < 10; index += 1) await few.executor.get(requestOf('idle', key(index)))
await many.executor.get(requestOf('idle', key(0)))
const before = heap()
for (let index = 1; index < runs; index += 1) await many.executor.get(requestOf('idle', key(index)))
const bytesPerRun = (heap() - before) / (runs - 1)
const resident = process.memoryUsage().rss
let turn = 0
const getsOf = (engine: typeof few, count: number) => () => engine.executor.get(requestOf('idle', key(turn++ % count)))
console.log(JSON.stringify({ runs, bytesPerRun, resident, slowdown: await slowdown(getsOf(few, 10), getsOf(many, runs), slice) }))
