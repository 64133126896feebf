import { secretsWithin } from '../context/sensitive.js'
import type { PlanContext } from '../context/plan-context.js'
import { FlowNotFoundError } from '../errors.js'
import { isPromise, type MaybePromise } from '../maybe-promise.js'
import type { Subject, User } from '../model/user.js'
import { askPolicies, publicMessages, type PolicyQuestion, type PolicyTarget } from '../policies/engine.js'
import type { PolicyOutcome } from '../policies/verdict.js'
import type { CompiledBinding, CompiledFlow } from '../registry/compiled-flow.js'
import type { RequestFacts } from '../request-facts.js'
import type { Services } from '../services.js'
import type { Decision, DecisionKind } from './decision.js'
import { FlowPlan } from './flow-plan.js'
import { PlanCache, type CachedPlan } from './plan-cache.js'
import { EmptyFlowError, FlowNotApplicableError } from './plan-errors.js'
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
}

/** Turns a flow, its stage bindings and the policy engine modes into a {@link FlowPlan} (CONTRACT.md section 3). */
export class Planner {
  readonly services: Services
  readonly clock: () => number
  readonly isOutpost: OutpostCheck
  readonly cache: PlanCache

  constructor (options: PlannerOptions) {
    this.services = options.services
    this.clock = options.clock ?? (() => performance.now())
    this.isOutpost = options.isOutpost ?? (() => false)
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
    const flow = typeof request.flow === 'string' ? this.services.registry.flow(request.flow) : request.flow
    if (flow === undefined) throw new FlowNotFoundError(String(request.flow))
    return new Planning(this, flow, request).start()
  }

  /** Asks the policies of a target on behalf of a plan. */
  ask (target: PolicyTarget, question: Omit<PolicyQuestion, 'services' | 'clock' | 'secrets'>): MaybePromise<PolicyOutcome> {
    return askPolicies(target, {
      ...question, services: this.services, clock: this.clock, secrets: () => secretsWithin(question.context)
    })
  }
}

/** Whom a flow is about: the pending user where the context names one, else who is signed in. */
export function subjectOf (context: PlanContext, user: User | null): Subject | null {
  return context.pending_user === undefined ? user : context.pending_user
}

/** The making of one plan. */
class Planning {
  readonly #planner: Planner
  readonly #flow: CompiledFlow
  readonly #request: PlanRequest
  readonly #context: PlanContext
  readonly #subject: Subject | null
  readonly #decisions: Decision[] = []
  readonly #plan: FlowPlan
  #pure = true

  constructor (planner: Planner, flow: CompiledFlow, request: PlanRequest) {
    this.#planner = planner
    this.#flow = flow
    this.#request = request
    this.#context = request.context ?? {}
    this.#subject = subjectOf(this.#context, request.user)
    const { services } = planner
    this.#plan = new FlowPlan({ flow, bindings: [], context: this.#context, decisions: this.#decisions, services })
  }

  start (): MaybePromise<FlowPlan> {
    const { flow } = this.#flow
    const http = this.#request.request ?? null
    if (!meetsRequirement(flow, this.#request.user, this.#context, http, this.#planner.isOutpost)) {
      this.#note(null, 'refused')
      throw new FlowNotApplicableError('requirement', [], this.#decisions)
    }
    const key = this.#request.useCache === false ? undefined : this.#planner.cache.key(this.#flow, this.#subject)
    const cached = key === undefined ? undefined : this.#planner.cache.get(key)
    if (cached !== undefined) return this.#fromCache(cached)
    const outcome = this.#ask(this.#flow.policies, null)
    return isPromise(outcome)
      ? outcome.then((late) => this.#decideFlow(late, key))
      : this.#decideFlow(outcome, key)
  }

  #decideFlow (outcome: PolicyOutcome, key: string | undefined): MaybePromise<FlowPlan> {
    this.#pure &&= outcome.pure
    if (outcome.result !== 'pass') this.#refuse(null, outcome)
    this.#note(null, 'kept', outcome)
    return this.#decideFrom(0, key)
  }

  #decideFrom (start: number, key: string | undefined): MaybePromise<FlowPlan> {
    const { bindings } = this.#flow
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
          return this.#decideFrom(index + 1, key)
        })
      }
      this.#decide(compiled, outcome)
    }
    return this.#finish(key)
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

  #finish (key: string | undefined): FlowPlan {
    if (key !== undefined && this.#pure) {
      this.#planner.cache.set(key, { bindings: [...this.#plan.bindings], decisions: [...this.#decisions] })
    }
    return this.#notEmpty(this.#plan)
  }

  #fromCache ({ bindings, decisions }: CachedPlan): FlowPlan {
    const { services } = this.#planner
    return this.#notEmpty(
      new FlowPlan({ flow: this.#flow, bindings, context: this.#context, decisions, services, cached: true }))
  }

  #notEmpty (plan: FlowPlan): FlowPlan {
    if (plan.bindings.length === 0 && this.#request.allowEmpty !== true) {
      throw new EmptyFlowError(this.#flow.flow.slug, plan.decisions)
    }
    return plan
  }

  #ask (target: PolicyTarget, plan: FlowPlan | null): MaybePromise<PolicyOutcome> {
    return this.#planner.ask(target, {
      user: this.#subject, context: this.#context, http: this.#request.request ?? null, plan, flow: this.#flow.flow
    })
  }

  #note (compiled: CompiledBinding | null, decision: DecisionKind, outcome?: PolicyOutcome): void {
    this.#decisions.push({
      binding: compiled?.binding.pk ?? null,
      decision,
      at: 'plan',
      messages: outcome?.messages ?? [],
      verdicts: outcome?.verdicts ?? []
    })
  }
}
