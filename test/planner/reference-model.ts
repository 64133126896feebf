/**
 * A second, slow and simple statement of how a flow goes (CONTRACT.md sections 3 and 4), written from the contract and
 * without a look at the engine: the engine is compared with it.
 */

/** What a policy says: always the same, or depending on how many stages have passed; or no verdict at all. */
export type ModelAnswer =
  | { readonly says: 'pass' | 'fail' | 'throw' | 'nonsense' }
  | { readonly says: 'pass before', readonly passed: number }
  | { readonly says: 'pass from', readonly passed: number }

export interface ModelPolicyBinding {
  readonly answer: ModelAnswer
  readonly order: number
  readonly enabled: boolean
  readonly negate: boolean
  readonly failureResult: boolean | undefined
}

export interface ModelTarget {
  readonly mode: 'all' | 'any'
  readonly policies: readonly ModelPolicyBinding[]
}

export interface ModelBinding extends ModelTarget {
  readonly stage: string
  readonly order: number
  readonly evaluateOnPlan: boolean
  readonly reEvaluatePolicies: boolean
}

export interface ModelFlow extends ModelTarget {
  readonly deniedAction: 'message' | 'continue' | 'message_continue'
  /** A path of ours, or none. */
  readonly next: string | undefined
  readonly bindings: readonly ModelBinding[]
}

export interface ModelWalk {
  readonly stages: readonly string[]
  /** Where the walk goes at its end, or that it is denied. */
  readonly end: { readonly to: string } | 'denied'
}

type ThreeValued = 'pass' | 'fail' | 'error'

/** How a walk through the flow goes, if every stage is answered rightly. */
export function modelWalk (flow: ModelFlow): ModelWalk {
  if (verdict(flow, 0) !== 'pass') return { stages: [], end: refused(flow) }
  const planned: ModelBinding[] = []
  for (const binding of sorted(flow.bindings)) {
    const now = binding.evaluateOnPlan ? verdict(binding, 0) : 'pass'
    if (now === 'error') return { stages: [], end: refused(flow) }
    if (now === 'pass') planned.push(binding)
  }
  const stages: string[] = []
  for (const binding of planned) {
    const now = binding.reEvaluatePolicies ? verdict(binding, stages.length) : 'pass'
    if (now === 'error') return { stages, end: 'denied' }
    if (now === 'pass') stages.push(binding.stage)
  }
  return { stages, end: { to: flow.next ?? '/' } }
}

/** What is to be said of a binding: what became of it, and what each policy said while planning and in its turn. */
export interface ModelFate {
  readonly stage: string
  state: 'passed' | 'current' | 'planned' | 'left_out' | 'taken_out' | 'not_reached'
  plan: readonly Said[] | null
  turn: readonly Said[] | null
}

/** What one policy said; the engine may also have stopped waiting for it. */
export type Said = ThreeValued | 'not asked' | 'cancelled'

/** A flow explained, when `answered` of its stages have been answered (or it has ended before). */
export interface ModelExplained {
  readonly flow: readonly Said[]
  readonly fates: readonly ModelFate[]
}

/** How a walk is to be explained, by policies in the order in which they are asked and bindings in theirs. */
export function modelExplained (flow: ModelFlow, answered: number): ModelExplained {
  const fates = sorted(flow.bindings).map(({ stage }): ModelFate => ({ stage, state: 'not_reached', plan: null, turn: null }))
  const explained = { flow: each(flow, 0), fates }
  if (verdict(flow, 0) !== 'pass') return explained
  const planned: ModelFate[] = []
  const bindings = new Map(flow.bindings.map((binding) => [binding.stage, binding]))
  for (const fate of fates) {
    const binding = bindings.get(fate.stage)
    if (binding?.evaluateOnPlan === true) {
      fate.plan = each(binding, 0)
      const now = verdict(binding, 0)
      if (now === 'error') return explained
      if (now === 'fail') {
        fate.state = 'left_out'
        continue
      }
    }
    planned.push(fate)
  }
  let passed = 0
  for (const [index, fate] of planned.entries()) {
    const binding = bindings.get(fate.stage)
    const now = binding?.reEvaluatePolicies === true ? verdict(binding, passed) : 'pass'
    if (binding?.reEvaluatePolicies === true) fate.turn = each(binding, passed)
    if (now === 'error') {
      fate.state = 'current'
      return explained
    }
    if (now === 'fail') {
      fate.state = 'taken_out'
      continue
    }
    if (passed === answered) {
      fate.state = 'current'
      for (const later of planned.slice(index + 1)) later.state = 'planned'
      return explained
    }
    fate.state = 'passed'
    passed += 1
  }
  return explained
}

function each (target: ModelTarget, passed: number): Said[] {
  return sorted(target.policies).map((binding) => binding.enabled ? one(binding, passed) : 'not asked')
}

function refused (flow: ModelFlow): ModelWalk['end'] {
  if (flow.deniedAction === 'continue') return { to: flow.next ?? '/' }
  if (flow.deniedAction === 'message_continue' && flow.next !== undefined) return { to: flow.next }
  return 'denied'
}

/** In mode `all` the worst of fail < error < pass, in mode `any` the best of fail < error < pass. */
function verdict (target: ModelTarget, passed: number): ThreeValued {
  const rank = { fail: 0, error: 1, pass: 2 }
  const said = target.policies.filter(({ enabled }) => enabled).map((binding) => one(binding, passed))
  if (said.length === 0) return 'pass'
  return said.reduce((a, b) => (target.mode === 'any' ? rank[a] > rank[b] : rank[a] < rank[b]) ? a : b)
}

function one ({ answer, negate, failureResult }: ModelPolicyBinding, passed: number): ThreeValued {
  const yes = says(answer, passed)
  if (yes === undefined) return failureResult === undefined ? 'error' : failureResult ? 'pass' : 'fail'
  return yes === negate ? 'fail' : 'pass'
}

/** What a policy answers; undefined where it has no verdict. */
export function says (answer: ModelAnswer, passed: number): boolean | undefined {
  switch (answer.says) {
    case 'pass': return true
    case 'fail': return false
    case 'pass before': return passed < answer.passed
    case 'pass from': return passed >= answer.passed
    default: return undefined
  }
}

/** By order; of two at one order the one that was added first. */
function sorted<T extends { readonly order: number }> (bindings: readonly T[]): T[] {
  const left = [...bindings]
  const done: T[] = []
  while (left.length > 0) {
    const lowest = Math.min(...left.map(({ order }) => order))
    done.push(...left.splice(left.findIndex(({ order }) => order === lowest), 1))
  }
  return done
}
