import { SimulationError } from '../errors.js'
import type { MaybePromise } from '../maybe-promise.js'
import type { Definitions } from '../model/definitions.js'
import { Planner, type PlannerOptions } from '../planner/planner.js'
import type { PolicyTarget, PreparedBinding } from '../policies/engine.js'
import type { PreparedPolicy } from '../policies/policy-kind.js'
import type { PolicyOutcome } from '../policies/verdict.js'

/** What a policy is made to say in place of what it would. */
export type StatedVerdict = 'pass' | 'fail' | 'error'

/** Gives what is asked in place of a policy binding's own policy; undefined where that is asked itself. */
export type PolicyOverride = (binding: PreparedBinding) => PreparedPolicy | undefined

/** A planner of what does not take place: it caches and tells nothing, and asks something else in place of some policies. */
export class OverridingPlanner extends Planner {
  readonly #override: PolicyOverride

  constructor (options: Omit<PlannerOptions, 'cacheSize'>, override: PolicyOverride) {
    super({ ...options, cacheSize: 0, isSilent: true })
    this.#override = override
  }

  override ask (target: PolicyTarget, question: Parameters<Planner['ask']>[1]): MaybePromise<PolicyOutcome> {
    const bindings = target.bindings.map((binding) => {
      const policy = this.#override(binding)
      return policy === undefined ? binding : { ...binding, policy }
    })
    return super.ask({ ...target, bindings }, question)
  }
}

/** Overrides policies by name; a binding's negation applies to what is stated as to what a policy says. */
export function statedVerdicts (verdicts: Readonly<Record<string, StatedVerdict>>): PolicyOverride {
  return ({ name, kind }) => {
    const verdict = kind === 'group' || kind === 'user' || !Object.hasOwn(verdicts, name) ? undefined : verdicts[name]
    return verdict === undefined ? undefined : { pure: false, evaluate: () => statedAnswer(verdict) }
  }
}

/** @throws SimulationError where a verdict is stated for a policy that there is not. */
export function requirePolicies (
  verdicts: Readonly<Record<string, StatedVerdict>>, { policies }: Pick<Definitions, 'policies'>
): void {
  const names = new Set(policies.map(({ name }) => name))
  const unknown = Object.keys(verdicts).find((name) => !names.has(name))
  if (unknown !== undefined) throw new SimulationError(`verdicts: there is no policy '${unknown}'`)
}

function statedAnswer (verdict: StatedVerdict): boolean {
  if (verdict === 'error') throw new Error('An error was stated for this policy')
  return verdict === 'pass'
}
