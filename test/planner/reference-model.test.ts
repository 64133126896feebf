import fc from 'fast-check'
import t from 'tap'
import { walk, type Walked } from '../definitions.js'
import { engineOf, flows } from './random-flows.js'
import { modelWalk, type ModelWalk } from './reference-model.js'

t.setTimeout(120_000)

/** Turns a seed into the same flows again. */
const SEED = 20240901

function asModel ({ stages, end }: Walked): ModelWalk {
  if (end['component'] === 'xak-flow-redirect') return { stages, end: { to: String(end['to']) } }
  if (end['component'] === 'ak-stage-access-denied') return { stages, end: 'denied' }
  throw new Error(`a walk has ended with ${String(end['component'])}`)
}

t.test('random flows: the engine walks as the reference model does, with and without a cached plan', async (t) => {
  const seen = { denied: 0, redirected: 0, stages: 0, cached: 0 }
  await fc.assert(fc.asyncProperty(flows, async (flow) => {
    const progress = { passed: 0 }
    const engine = engineOf(flow, progress)
    const expected = modelWalk(flow)
    const query = flow.next === undefined ? '' : `next=${flow.next}`
    const go = async (key: string) => asModel(await walk(engine, key, query, (passed) => { progress.passed = passed }))
    const first = await go('first')
    if (JSON.stringify(first) !== JSON.stringify(expected)) {
      throw new Error(`walked ${JSON.stringify(first)}, expected ${JSON.stringify(expected)}`)
    }
    seen[first.end === 'denied' ? 'denied' : 'redirected'] += 1
    seen.stages += first.stages.length
    if (engine.planner.cache.size === 0) return
    seen.cached += 1
    const second = await go('second')
    if (JSON.stringify(second) !== JSON.stringify(expected)) throw new Error(`from the cache: ${JSON.stringify(second)}`)
  }), { numRuns: 5000, seed: SEED })
  t.ok(seen.denied > 300 && seen.redirected > 300, `both ends occur: ${JSON.stringify(seen)}`)
  t.ok(seen.stages > 5000, 'stages are walked')
  t.ok(seen.cached > 100, 'cached plans are walked')
})
