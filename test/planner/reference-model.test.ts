import fc from 'fast-check'
import t from 'tap'
import type { PolicyAnswer, PolicyFunction } from '../../lib/policies/policy-kind.js'
import { dummyPolicy, makeDefinitions, makeEngine, walk, type PolicyInput, type PolicyMade, type Walked } from '../definitions.js'
import { modelWalk, says, type ModelAnswer, type ModelFlow, type ModelPolicyBinding, type ModelWalk } from './reference-model.js'

t.setTimeout(120_000)

/** Turns a seed into the same flows again. */
const SEED = 20240901

/** How the engine is given an answer: at once or later, by a function or (where it is fixed) by a policy that is pure. */
type How = 'at once' | 'later' | 'pure'
type TestPolicy = ModelPolicyBinding & { readonly how: How }

const order = fc.integer({ min: -1, max: 3 })
const mode = fc.constantFrom('all' as const, 'any' as const)
const answers: fc.Arbitrary<ModelAnswer> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ says: fc.constantFrom('pass' as const, 'fail' as const) }) },
  { weight: 1, arbitrary: fc.record({ says: fc.constantFrom('throw' as const, 'nonsense' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ says: fc.constantFrom('pass before' as const, 'pass from' as const), passed: fc.integer({ min: 0, max: 5 }) })
  })
const policies: fc.Arbitrary<TestPolicy[]> = fc.array(fc.record({
  answer: answers,
  how: fc.constantFrom('at once' as const, 'later' as const, 'pure' as const),
  order,
  enabled: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  negate: fc.boolean(),
  failureResult: fc.constantFrom(undefined, true, false)
}), { maxLength: 4 })
const markers = fc.constantFrom(
  { evaluateOnPlan: true, reEvaluatePolicies: false },
  { evaluateOnPlan: false, reEvaluatePolicies: true },
  { evaluateOnPlan: true, reEvaluatePolicies: true })
const bindings = fc.array(fc.record({ order, mode, policies, markers }), { maxLength: 12 }).map((list) =>
  list.map(({ markers, ...binding }, index) => ({ ...binding, ...markers, stage: `stage-${index}` })))
const flows = fc.record({
  mode,
  policies: fc.oneof({ weight: 3, arbitrary: fc.constant<TestPolicy[]>([]) }, { weight: 1, arbitrary: policies }),
  deniedAction: fc.constantFrom('message' as const, 'continue' as const, 'message_continue' as const),
  next: fc.constantFrom(undefined, '/after'),
  bindings
})

/** Makes the engine of a flow of the model; `progress` says how many stages have passed. */
function engineOf (flow: ModelFlow & { readonly policies: readonly TestPolicy[] }, progress: { passed: number }) {
  const functions: Record<string, PolicyFunction> = {}
  const made: Record<string, PolicyMade> = {}
  const bound = (policies: readonly ModelPolicyBinding[]): PolicyInput[] => policies.map((binding) => {
    const { order, enabled, negate, failureResult, answer } = binding
    const how = 'how' in binding ? binding.how : 'at once'
    const policy = `${JSON.stringify(answer)} ${String(how)}`
    if (how === 'pure' && (answer.says === 'pass' || answer.says === 'fail')) made[policy] = dummyPolicy(answer.says === 'pass')
    else functions[policy] = how === 'later' ? async () => give(answer, progress.passed) : () => give(answer, progress.passed)
    return { policy, order, enabled, negate, ...failureResult === undefined ? {} : { failureResult } }
  })
  const definitions = makeDefinitions({
    flow: { policyEngineMode: flow.mode, deniedAction: flow.deniedAction },
    policies: bound(flow.policies),
    bindings: flow.bindings.map((binding) => ({ ...binding, policies: bound(binding.policies) })),
    made
  })
  return makeEngine(definitions, { policies: functions })
}

function give (answer: ModelAnswer, passed: number): PolicyAnswer {
  if (answer.says === 'throw') throw new Error('no answer')
  // What a host's code may give whatever the types say.
  if (answer.says === 'nonsense') return JSON.parse('"yes"')
  return says(answer, passed) ?? false
}

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
