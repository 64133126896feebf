import { appended } from '../appended.js'
import type { PlanContext } from '../context/plan-context.js'
import type { MaybePromise } from '../maybe-promise.js'
import { DefinitionError } from '../errors.js'
import type { PlannedBinding } from '../planner/flow-plan.js'
import { subjectOf } from '../planner/planner.js'
import type { PolicyTarget, PreparedBinding } from '../policies/engine.js'
import type { PolicyOutcome } from '../policies/verdict.js'
import type { DefinitionLookup } from '../registry/definition-lookup.js'
import type { Services } from '../services.js'
import type { BrowserSession, StageEffect, StageTurn } from '../stages/stage-kind.js'
import type { ExecutorTools } from './executor-tools.js'
import type { FlowRequest } from './flow-request.js'
import { guardedBrowser, guardedServices, type BeforeEffect } from './guarded-services.js'
import type { Walk } from './walk.js'

/** Milliseconds that a policy without a binding may take: the default of a binding. */
const VALIDATION_TIMEOUT = 30_000

/**
 * What a stage sees and may do now. One is made several times in a request, so what few stages look at is made when it is looked
 * at. A stage may take members out of it: methods do without `this`.
 */
export class Turn implements StageTurn {
  readonly stage
  readonly binding
  readonly flow
  readonly context
  readonly scratch
  readonly plan
  readonly subject
  readonly sessionUser
  readonly http
  readonly #tools: ExecutorTools
  readonly #request: FlowRequest
  readonly #walk: Walk
  #browser: BrowserSession | undefined
  #services: Services | undefined

  constructor (tools: ExecutorTools, request: FlowRequest, walk: Walk, { compiled }: PlannedBinding) {
    const { user } = request.browser
    this.stage = compiled.stage
    this.binding = compiled.binding
    this.flow = walk.plan.flow
    this.context = walk.context
    this.scratch = walk.scratch
    this.plan = walk.plan
    this.subject = subjectOf(walk.context, user)
    this.sessionUser = user
    this.http = request.http
    this.#tools = tools
    this.#request = request
    this.#walk = walk
  }

  get definitions (): DefinitionLookup {
    return this.plan.compiled.definitions
  }

  get query (): URLSearchParams {
    return new URLSearchParams(this.#walk.query)
  }

  get browser (): BrowserSession {
    this.#browser ??= this.#tools.runs.shared ? guardedBrowser(this.#request.browser, this.#before) : this.#request.browser
    return this.#browser
  }

  get services (): Services {
    this.#services ??= this.#tools.runs.shared ? guardedServices(this.#tools.services, this.#before) : this.#tools.services
    return this.#services
  }

  get effectKey (): StageTurn['effectKey'] {
    return (effect) => this.#walk.effectKey(effect)
  }

  get perform (): StageTurn['perform'] {
    return (effect, task) => perform(this.#tools, this.#walk, this.stage.name, effect, task)
  }

  get askPolicies (): StageTurn['askPolicies'] {
    return (policies, context) => askUnbound(this.#tools, this.#request, this.#walk, policies, context)
  }

  get #before (): BeforeEffect {
    return () => this.#walk.guard.beforeEffect()
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
  if (walk.performed.includes(key)) return
  await walk.guard.beforeEffect()
  await task(key)
  walk.performed = appended(walk.performed, key)
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
