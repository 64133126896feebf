import type { Subject } from '../model/user.js'

/**
 * What a plan knows: what the host gave at the start and what stages and policies have written since. The
 * well-known keys are the original's, in its spelling, because blueprints and policies name them.
 */
export interface PlanContext {
  /** Who the flow is about, from the moment that a stage has found out. */
  pending_user?: Subject | null
  /** What was typed, where it is shown in place of the user's name. */
  pending_user_identifier?: string
  /** What prompt stages have gathered, by field key. Passwords are {@link Sensitive}. */
  prompt_data?: Record<string, unknown>
  [key: string]: unknown
}
