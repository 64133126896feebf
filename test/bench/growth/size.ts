import { sessionIdOf } from 'fastify-flow-planner'
import { atMost, type Claim } from './claim.js'
import { dummies, engineOf, walk } from './engine.js'

/** Bytes of a run's state and of its inspection, when all stages but the last have passed. */
async function sizes (stages: number): Promise<{ state: number, inspection: number }> {
  const engine = engineOf([dummies('size', stages)])
  await walk(engine, 'size', 'browser', stages - 1)
  const found = await engine.executor.find('size', 'browser')
  const flow = engine.registry.flow('size')
  if (found.kind !== 'live' || flow === undefined) throw new Error(`the run is ${found.kind}`)
  const inspection = engine.inspector.inspect(flow, found.run.state, sessionIdOf('browser'))
  return { state: JSON.stringify(found.run.state).length, inspection: inspection?.length ?? NaN }
}

/** No plan is copied whole into each frame. */
export async function sizeClaims (): Promise<Claim[]> {
  const [twenty, forty] = [await sizes(20), await sizes(40)]
  return [
    atMost('bytes of the run state, 40 stages to 20', forty.state / twenty.state, 2.1),
    atMost('bytes of the inspection, 40 stages to 20', forty.inspection / twenty.inspection, 2.1)
  ]
}
