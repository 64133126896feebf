import type { MaybePromise } from '../maybe-promise.js'
import { tellPlan, type PlanMessage } from '../telemetry/channels.js'
import type { FlowPlan } from './flow-plan.js'
import { EmptyFlowError, FlowNotApplicableError } from './plan-errors.js'
import type { PlanRequest } from './planner.js'

/** Makes a plan, and tells whoever listens how that went and how long it took. */
export async function toldPlan (
  clock: () => number, { flow }: PlanRequest, make: () => MaybePromise<FlowPlan>
): Promise<FlowPlan> {
  const started = clock()
  const tell = (message: Pick<PlanMessage, 'result' | 'cached' | 'bindings'>) =>
    tellPlan({ flow: typeof flow === 'string' ? flow : flow.flow.slug, duration: clock() - started, ...message })
  try {
    const plan = await make()
    tell({ result: 'planned', cached: plan.cached, bindings: plan.bindings.length })
    return plan
  } catch (error) {
    tell({ result: failureOf(error), cached: false, bindings: 0 })
    throw error
  }
}

function failureOf (error: unknown): PlanMessage['result'] {
  if (error instanceof FlowNotApplicableError) return 'refused'
  return error instanceof EmptyFlowError ? 'empty' : 'failed'
}
