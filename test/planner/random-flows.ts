import fc from 'fast-check'
import type { PolicyAnswer, PolicyFunction } from '../../lib/policies/policy-kind.js'
import { dummyPolicy, makeDefinitions, makeEngine, type PolicyInput, type PolicyMade } from '../definitions.js'
import { says, type ModelAnswer, type ModelFlow, type ModelPolicyBinding } from './reference-model.js'

/** How the engine is given an answer: at once or later, by a function or (where it is fixed) by a policy that is pure. */
export type How = 'at once' | 'later' | 'pure'
export type TestPolicy = ModelPolicyBinding & { readonly how: How }

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
/** Flows of the reference model. */
export const flows = fc.record({
  mode,
  policies: fc.oneof({ weight: 3, arbitrary: fc.constant<TestPolicy[]>([]) }, { weight: 1, arbitrary: policies }),
  deniedAction: fc.constantFrom('message' as const, 'continue' as const, 'message_continue' as const),
  next: fc.constantFrom(undefined, '/after'),
  bindings
})

/** Makes the engine of a flow of the model; `progress` says how many stages have passed. */
export function engineOf (flow: ModelFlow & { readonly policies: readonly TestPolicy[] }, progress: { passed: number }) {
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
