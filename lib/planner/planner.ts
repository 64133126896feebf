import { performance } from 'node:perf_hooks'
import { secretsWithin } from '../context/sensitive.js'
import type { PlanContext } from '../context/plan-context.js'
import { FlowNotFoundError } from '../errors.js'
import { andThen, isPromise, type MaybePromise } from '../maybe-promise.js'
import type { Subject, User } from '../model/user.js'
import { NONE } from '../none.js'
import { askPolicies, publicMessages, type PolicyQuestion, type PolicyTarget } from '../policies/engine.js'
import type { PolicyOutcome } from '../policies/verdict.js'
import type { CompiledBinding, CompiledFlow } from '../registry/compiled-flow.js'
import type { RequestFacts } from '../request-facts.js'
import type { Services } from '../services.js'
import { asCached, type Decision, type DecisionKind } from './decision.js'
import { FlowPlan } from './flow-plan.js'
import { PlanCache } from './plan-cache.js'
import { EmptyFlowError, FlowNotApplicableError } from './plan-errors.js'
import { isPlanHeard } from '../telemetry/channels.js'
import { toldPlan } from './told-plan.js'
import { meetsRequirement, type OutpostCheck } from './requirement.js'

/** What a plan is asked for with. */
export interface PlanRequest {
  /** The flow, or its slug. */
  readonly flow: CompiledFlow | string
  /** Who is signed in. */
  readonly user: User | null
  readonly request?: RequestFacts | null
  /** What the plan begins with; `pending_user` makes the plan for that user. It is used as it is, not copied. */
  readonly context?: PlanContext
  /** Gives a plan without a binding instead of an error. */
  readonly allowEmpty?: boolean
  /** Defaults to true. */
  readonly useCache?: boolean
}

export interface PlannerOptions {
  readonly services: Services
  /** Plans kept in the cache at most. Defaults to 1000; 0 turns it off. */
  readonly cacheSize?: number
  /** Milliseconds of a clock that never goes back, for durations. Defaults to `performance.now`. */
  readonly clock?: () => number
  readonly isOutpost?: OutpostCheck
  /** Told what the policies of each target have said. Defaults to nobody. */
  readonly onOutcome?: (outcome: PolicyOutcome) => void
  /** Whether nothing is told to telemetry: what is planned does not take place. Defaults to no. */
  readonly isSilent?: boolean
}

/** Turns a flow, its stage bindings and the policy engine modes into a {@link FlowPlan} (CONTRACT.md section 3). */
export class Planner {
  readonly services: Services
  readonly clock: () => number
  readonly isOutpost: OutpostCheck
  readonly cache: PlanCache
  readonly isSilent: boolean
  readonly #onOutcome: ((outcome: PolicyOutcome) => void) | undefined

  constructor (options: PlannerOptions) {
    this.services = options.services
    this.clock = options.clock ?? (() => performance.now())
    this.isOutpost = options.isOutpost ?? (() => false)
    this.isSilent = options.isSilent ?? false
    this.#onOutcome = options.onOutcome
    const { cacheSize = 1000 } = options
    this.cache = new PlanCache(cacheSize)
    // Without a cache there is nothing to clear, and the registry does not hold on to the planner.
    if (cacheSize > 0) options.services.registry.onReplace(() => this.cache.clear())
  }

  /**
   * Makes a plan.
   *
   * @throws FlowNotFoundError where there is no flow of this slug.
   * @throws FlowNotApplicableError where the requirement or a policy refuses, or a policy could not answer.
   * @throws EmptyFlowError where no binding is left, unless `allowEmpty`.
   */
  plan (request: PlanRequest): MaybePromise<FlowPlan> {
    return isPlanHeard() && !this.isSilent ? toldPlan(this.clock, request, () => this.#plan(request)) : this.#plan(request)
  }

  #plan (request: PlanRequest): MaybePromise<FlowPlan> {
    const flow = typeof request.flow === 'string' ? this.services.registry.flow(request.flow) : request.flow
    if (flow === undefined) throw new FlowNotFoundError(String(request.flow))
    const { user, context = {}, request: http = null, allowEmpty = false, useCache = true } = request
    if (!meetsRequirement(flow.flow, user, context, http, this.isOutpost)) {
      throw new FlowNotApplicableError('requirement', [], [decisionOf(null, 'refused')])
    }
    const subject = subjectOf(context, user)
    const key = useCache ? this.cache.key(flow, subject) : undefined
    const cached = key === undefined ? undefined : this.cache.get(key)
    if (cached === undefined) return new Planning(this, { flow, subject, context, http, allowEmpty, key }).start()
    const { bindings, decisions } = cached
    return notEmpty(new FlowPlan({ flow, bindings, context, decisions, services: this.services, cached: true }), allowEmpty)
  }

  /** Asks the policies of a target on behalf of a plan. */
  ask (
    target: PolicyTarget, { user, context, http, plan, flow }: Omit<PolicyQuestion, 'services' | 'clock' | 'secrets' | 'isSilent'>
  ): MaybePromise<PolicyOutcome> {
    const { services, clock, isSilent } = this
    const secrets = () => secretsWithin(context)
    const outcome = askPolicies(target, { user, context, http, plan, flow, services, clock, secrets, isSilent })
    return this.#onOutcome === undefined ? outcome : told(outcome, this.#onOutcome)
  }
}

/** Hands an outcome on, and tells a listener of it. */
function told (outcome: MaybePromise<PolicyOutcome>, listen: (outcome: PolicyOutcome) => void): MaybePromise<PolicyOutcome> {
  return andThen(outcome, (said) => {
    listen(said)
    return said
  })
}

/** Whom a flow is about: the pending user where the context names one, else who is signed in. */
export function subjectOf (context: PlanContext, user: User | null): Subject | null {
  return context.pending_user === undefined ? user : context.pending_user
}

function notEmpty (plan: FlowPlan, allowEmpty: boolean): FlowPlan {
  if (plan.bindings.length === 0 && !allowEmpty) throw new EmptyFlowError(plan.flow.slug, plan.decisions)
  return plan
}

function decisionOf (compiled: CompiledBinding | null, decision: DecisionKind, outcome?: PolicyOutcome): Decision {
  return {
    binding: compiled?.binding.pk ?? null,
    decision,
    at: 'plan',
    messages: outcome?.messages ?? NONE,
    verdicts: outcome?.verdicts ?? NONE
  }
}

/** What a plan is made from, once it is known that the flow may be planned and that it is not in the cache. */
interface PlanningParts {
  readonly flow: CompiledFlow
  readonly subject: Subject | null
  readonly context: PlanContext
  readonly http: RequestFacts | null
  readonly allowEmpty: boolean
  /** What the plan may be cached under; undefined where it may not. */
  readonly key: string | undefined
}

/** The making of one plan. */
class Planning {
  readonly #planner: Planner
  readonly #parts: PlanningParts
  readonly #decisions: Decision[] = []
  readonly #plan: FlowPlan
  #pure = true

  constructor (planner: Planner, parts: PlanningParts) {
    const { flow, context } = parts
    this.#planner = planner
    this.#parts = parts
    this.#plan = new FlowPlan({ flow, bindings: [], context, decisions: this.#decisions, services: planner.services })
  }

  start (): MaybePromise<FlowPlan> {
    const outcome = this.#ask(this.#parts.flow.policies, null)
    return andThen(outcome, (said) => this.#decideFlow(said))
  }

  #decideFlow (outcome: PolicyOutcome): MaybePromise<FlowPlan> {
    this.#pure &&= outcome.pure
    if (outcome.result !== 'pass') this.#refuse(null, outcome)
    this.#note(null, 'kept', outcome)
    return this.#decideFrom(0)
  }

  #decideFrom (start: number): MaybePromise<FlowPlan> {
    const { bindings } = this.#parts.flow
    for (let index = start; index < bindings.length; index += 1) {
      const compiled = bindings[index]
      if (compiled === undefined) break
      if (!compiled.binding.evaluateOnPlan) {
        this.#keep(compiled)
        continue
      }
      const outcome = this.#ask(compiled.policies, this.#plan)
      if (isPromise(outcome)) {
        return outcome.then((late) => {
          this.#decide(compiled, late)
          return this.#decideFrom(index + 1)
        })
      }
      this.#decide(compiled, outcome)
    }
    return this.#finish()
  }

  #decide (compiled: CompiledBinding, outcome: PolicyOutcome): void {
    this.#pure &&= outcome.pure
    if (outcome.result === 'error') this.#refuse(compiled, outcome)
    if (outcome.result === 'pass') {
      this.#keep(compiled, outcome)
    } else {
      this.#note(compiled, 'left_out', outcome)
      this.#plan.append(undefined)
    }
  }

  #keep (compiled: CompiledBinding, outcome?: PolicyOutcome): void {
    const again = compiled.binding.reEvaluatePolicies
    this.#note(compiled, again ? 'kept_to_ask_again' : 'kept', outcome)
    this.#plan.append({ compiled, marker: again ? 're_evaluate' : 'none' })
  }

  #refuse (compiled: CompiledBinding | null, outcome: PolicyOutcome): never {
    this.#note(compiled, 'refused', outcome)
    throw outcome.result === 'error'
      ? new FlowNotApplicableError('policy_error', [], this.#decisions)
      : new FlowNotApplicableError('policy', publicMessages(outcome), this.#decisions)
  }

  #finish (): FlowPlan {
    const { flow, key, allowEmpty } = this.#parts
    if (key !== undefined && this.#pure) {
      this.#planner.cache.set(key, flow, { bindings: [...this.#plan.bindings], decisions: this.#decisions.map(asCached) })
    }
    return notEmpty(this.#plan, allowEmpty)
  }

  #ask (target: PolicyTarget, plan: FlowPlan | null): MaybePromise<PolicyOutcome> {
    const { subject: user, context, http, flow: { flow } } = this.#parts
    return this.#planner.ask(target, { user, context, http, plan, flow })
  }

  #note (compiled: CompiledBinding | null, decision: DecisionKind, outcome?: PolicyOutcome): void {
    this.#decisions.push(decisionOf(compiled, decision, outcome))
  }
}
