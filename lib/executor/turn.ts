import type { PlanContext } from '../context/plan-context.js'
import type { MaybePromise } from '../maybe-promise.js'
import { DefinitionError } from '../errors.js'
import type { PlannedBinding } from '../planner/flow-plan.js'
import { subjectOf } from '../planner/planner.js'
import type { PolicyTarget, PreparedBinding } from '../policies/engine.js'
import type { PolicyOutcome } from '../policies/verdict.js'
import type { StageEffect, StageTurn } from '../stages/stage-kind.js'
import type { ExecutorTools } from './executor-tools.js'
import type { FlowRequest } from './flow-request.js'
import { guardedBrowser, guardedServices } from './guarded-services.js'
import type { Walk } from './walk.js'

/** Milliseconds that a policy without a binding may take: the default of a binding. */
const VALIDATION_TIMEOUT = 30_000

/** What a stage sees and may do now. */
export function turnOf (tools: ExecutorTools, request: FlowRequest, walk: Walk, { compiled }: PlannedBinding): StageTurn {
  const { plan, context } = walk
  const isShared = tools.runs.shared
  const before = () => walk.beforeEffect()
  return {
    stage: compiled.stage,
    binding: compiled.binding,
    flow: plan.flow,
    definitions: plan.compiled.definitions,
    context,
    scratch: walk.scratch,
    plan,
    subject: subjectOf(context, request.browser.user),
    sessionUser: request.browser.user,
    browser: isShared ? guardedBrowser(request.browser, before) : request.browser,
    get query () {
      return new URLSearchParams(walk.query)
    },
    http: request.http,
    services: isShared ? guardedServices(tools.services, before) : tools.services,
    effectKey: (effect) => walk.effectKey(effect),
    perform: (effect, task) => perform(tools, walk, compiled.stage.name, effect, task),
    askPolicies: (policies, asked) => askUnbound(tools, request, walk, policies, asked)
  }
}

async function perform (
  tools: ExecutorTools, walk: Walk, stage: string, effect: StageEffect, task: (key: string) => MaybePromise<void>
): Promise<void> {
  if (tools.dry !== undefined) {
    tools.dry(effect, stage)
    return
  }
  const key = walk.effectKey(effect.name)
  if (walk.performed.has(key)) return
  await walk.beforeEffect()
  await task(key)
  walk.performed.add(key)
}

/** Asks policies that are bound to nothing: in mode `all`, in the order in which they are listed. */
function askUnbound (
  tools: ExecutorTools, request: FlowRequest, walk: Walk, policies: readonly string[], context: PlanContext
): MaybePromise<PolicyOutcome> {
  const { compiled, flow } = walk.plan
  const target: PolicyTarget = { mode: 'all', bindings: policies.map((pk) => unbound(compiled.definitions, pk)) }
  return tools.planner.ask(target, {
    user: subjectOf(context, request.browser.user), context, http: request.http, plan: walk.plan, flow
  })
}

function unbound (definitions: Walk['plan']['compiled']['definitions'], pk: string): PreparedBinding {
  const policy = definitions.policy(pk)
  const prepared = definitions.preparedPolicy(pk)
  if (policy === undefined || prepared === undefined) throw new DefinitionError('validation policies', `there is no policy ${pk}`)
  return {
    pk,
    order: 0,
    name: policy.name,
    kind: policy.kind,
    negate: false,
    timeout: VALIDATION_TIMEOUT,
    failureResult: undefined,
    logged: policy.executionLogging,
    policy: prepared
  }
}
