import { guarded, planning, POLICIES } from '../planning.js'
import { median } from '../ratio.js'
import { spin, type Task } from '../spin.js'
import { atMost, type Claim, type Extent } from './claim.js'
import { dummies, engineOf, requestOf, walk } from './engine.js'

/** Ten times as much work may take this many times as long before it is not linear any more; the rest is noise. */
const LINEAR = 14

/** What does not depend on the number may differ by this much, by noise and by what the processor's caches hold. */
const CONSTANT = 2

const PAIRS = 5

/** How many times as long the second task takes: timed alternately, the median of the pairs. */
export async function slowdown (small: Task, large: Task, slice: number): Promise<number> {
  const ratios: number[] = []
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const { rate } = await spin(small, slice)
    ratios.push(rate / (await spin(large, slice)).rate)
  }
  return median(ratios)
}

async function inspecting (frames: number): Promise<Task> {
  const engine = engineOf([dummies('time', frames + 1)])
  await walk(engine, 'time', 'browser', frames)
  const found = await engine.executor.find('time', 'browser')
  const flow = engine.registry.flow('time')
  if (found.kind !== 'live' || flow === undefined) throw new Error(`the run is ${found.kind}`)
  const { state } = found.run
  // The length in bytes makes one text of its parts, as sending it does.
  return () => Buffer.byteLength(engine.inspector.inspect(flow, { ...state, frames: [...state.frames] }, 'browser') ?? '')
}

/** Planning a flow whose bindings have each of the benchmark's policies so many times. */
function planningOf (bindings: number, times: number): Task {
  const policies = Array.from({ length: times }, () => POLICIES).flat()
  const { planner, user } = planning(guarded('time', bindings, policies))
  return () => planner.plan({ flow: 'time', user, useCache: false })
}

async function lookingUp (flows: number): Promise<Task> {
  const engine = engineOf(Array.from({ length: flows }, (_, index) => dummies(`flow-${index}`, 1)))
  const request = requestOf(`flow-${Math.floor(flows / 2)}`, 'browser')
  await engine.executor.get(request)
  return () => engine.executor.get(request)
}

/** Time grows with what is asked for, and with nothing else. */
export async function timeClaims ({ flows, slice }: Extent): Promise<Claim[]> {
  return [
    atMost('time of an inspection, 100 frames to 10', await slowdown(await inspecting(10), await inspecting(100), slice), LINEAR),
    atMost('time of planning, 100 bindings to 10', await slowdown(planningOf(10, 1), planningOf(100, 1), slice), LINEAR),
    atMost('time of planning, 30 policies at each binding to 3', await slowdown(planningOf(10, 1), planningOf(10, 10), slice), LINEAR),
    atMost(`time of a challenge, ${flows} flows to 10`, await slowdown(await lookingUp(10), await lookingUp(flows), slice), CONSTANT)
  ]
}
