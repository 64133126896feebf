import type { PlanContext } from '../context/plan-context.js'
import type { Flow } from '../model/flow.js'

/** A stage that a policy or another stage puts into a plan. */
export interface InlineStage {
  readonly kind: string
  readonly name: string
  /** Validated against the kind's schema. */
  readonly options: Readonly<Record<string, unknown>>
}

/** What policies and stages may do with a plan. */
export interface PlanAccess {
  readonly flow: Flow
  /** The live context: what is written here, later stages and policies see. */
  readonly context: PlanContext
  /**
   * Puts a stage next: a defined one by its primary key, or one made here. The new binding has a UUID of its own.
   *
   * @throws PlanError where the stage is unknown or its options do not fit its kind.
   */
  insertStage (stage: string | InlineStage): void
  /** Puts a redirect next: the walk ends there, at `to`. */
  redirect (to: string): void
}
