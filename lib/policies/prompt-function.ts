import type { PlanContext } from '../context/plan-context.js'
import type { MaybePromise } from '../maybe-promise.js'
import type { Subject } from '../model/user.js'
import type { RequestFacts } from '../request-facts.js'
import type { Services } from '../services.js'

/** What a prompt's expression is asked with. */
export interface PromptRequest {
  readonly user: Subject | null
  readonly context: PlanContext
  readonly http: RequestFacts
  readonly services: Services
}

/** Gives a prompt's initial value, or its placeholder or choices (a list). An error shows the literal text instead. */
export type PromptFunction = (request: PromptRequest) => MaybePromise<unknown>

/** The functions that stand for a prompt's expressions. */
export interface PromptFunctions {
  readonly initialValue?: PromptFunction
  readonly placeholder?: PromptFunction
}
