import type { PlanContext } from '../context/plan-context.js'

/** The application that a consent is for. */
export interface ConsentApplication {
  /** What consents are kept under. */
  readonly id: string
  /** What the person reads. */
  readonly name: string
}

/**
 * The context's `application`: its name as text, or an object with `slug`, `name` or both. A consent is kept under the
 * slug where there is one.
 */
export function consentApplication (context: PlanContext): ConsentApplication | undefined {
  const { application } = context
  if (typeof application === 'string') return named(application, application)
  if (typeof application !== 'object' || application === null) return undefined
  const slug = 'slug' in application ? application.slug : undefined
  const name = 'name' in application ? application.name : undefined
  return named(slug ?? name, name ?? slug)
}

function named (id: unknown, name: unknown): ConsentApplication | undefined {
  return typeof id === 'string' && id !== '' && typeof name === 'string' ? { id, name } : undefined
}
