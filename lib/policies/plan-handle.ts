import type { PlanContext } from '../context/plan-context.js'
import { PlanError } from '../errors.js'
import type { Flow } from '../model/flow.js'
import type { InlineStage, PlanAccess } from '../planner/plan-access.js'

/** A policy's hold on a plan. It is closed when the policy is cancelled: what it does later must not change the plan. */
export class PlanHandle implements PlanAccess {
  readonly #plan: PlanAccess
  #isClosed = false

  constructor (plan: PlanAccess) {
    this.#plan = plan
  }

  get flow (): Flow {
    return this.#plan.flow
  }

  get context (): PlanContext {
    return this.#plan.context
  }

  /** @throws PlanError where the policy has been cancelled. */
  insertStage (stage: string | InlineStage): void {
    this.#requireOpen()
    this.#plan.insertStage(stage)
  }

  /** @throws PlanError where the policy has been cancelled. */
  redirect (to: string): void {
    this.#requireOpen()
    this.#plan.redirect(to)
  }

  close (): void {
    this.#isClosed = true
  }

  #requireOpen (): void {
    if (this.#isClosed) throw new PlanError('the policy was cancelled and cannot change the plan any more')
  }
}
