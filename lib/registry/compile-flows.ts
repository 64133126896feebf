import { DefinitionError } from '../errors.js'
import type { Definitions } from '../model/definitions.js'
import type { Flow } from '../model/flow.js'
import { checkedAt, type Places } from '../model/places.js'
import type { PolicyBinding } from '../model/policy-binding.js'
import type { StageBinding } from '../model/stage-binding.js'
import type { PolicyTarget, PreparedBinding } from '../policies/engine.js'
import { groupMembership, sameUser } from '../policies/static-bindings.js'
import type { PreparedPolicy } from '../policies/policy-kind.js'
import { pendingStates } from '../runs/pending-states.js'
import type { StageKind } from '../stages/stage-kind.js'
import type { CompiledBinding, CompiledFlow } from './compiled-flow.js'
import { contentHash } from './content-hash.js'
import type { DefinitionSet } from './definition-set.js'
import { grouped } from './grouping.js'
import { label } from './labels.js'
import { referredParts } from './referred.js'

/** The longest time that a timer can wait, in milliseconds; beyond it, it would not wait at all. */
const LONGEST_TIMEOUT = 2_147_483_647

/**
 * Puts together, for each flow, its bindings in order and the policies of both.
 *
 * @throws DefinitionError where a binding contradicts itself or another.
 */
export function compileFlows (
  definitions: Definitions, set: DefinitionSet, kinds: ReadonlyMap<string, StageKind>
): readonly CompiledFlow[] {
  const targets = new Set([...definitions.flows, ...definitions.bindings].map(({ pk }) => pk))
  const policyBindings = grouped(definitions.policyBindings, ({ target }) => target)
  for (const binding of definitions.policyBindings) {
    checkedAt(definitions.places, binding.pk, () => checkPolicyBinding(binding, targets))
  }
  const stageBindings = grouped(definitions.bindings, ({ target }) => target)
  return definitions.flows.map((flow) =>
    new FlowCompiler(flow, set, kinds, policyBindings).compile(stageBindings.get(flow.pk) ?? []))
}

class FlowCompiler {
  readonly #flow: Flow
  readonly #set: DefinitionSet
  readonly #kinds: ReadonlyMap<string, StageKind>
  readonly #policyBindings: ReadonlyMap<string, readonly PolicyBinding[]>
  readonly #places: Places | undefined
  /** What the content hash is made of. */
  readonly #parts: unknown[]

  constructor (
    flow: Flow, set: DefinitionSet, kinds: ReadonlyMap<string, StageKind>,
    policyBindings: ReadonlyMap<string, readonly PolicyBinding[]>
  ) {
    this.#flow = flow
    this.#set = set
    this.#kinds = kinds
    this.#policyBindings = policyBindings
    this.#places = set.definitions.places
    this.#parts = [flow]
  }

  compile (stageBindings: readonly StageBinding[]): CompiledFlow {
    const policies = this.#target(this.#flow)
    const bindings = inOrder(stageBindings).map((binding) =>
      checkedAt(this.#places, binding.pk, () => this.#binding(binding)))
    this.#refuseTwins(stageBindings)
    return Object.freeze({
      flow: this.#flow,
      hash: contentHash(this.#parts),
      policies,
      bindings: Object.freeze(bindings),
      bindingsByPk: new Map(bindings.map((compiled) => [compiled.binding.pk, compiled])),
      definitions: this.#set
    })
  }

  #binding (binding: StageBinding): CompiledBinding {
    const where = `flow '${this.#flow.slug}', stage binding #${binding.order}`
    if (!binding.evaluateOnPlan && !binding.reEvaluatePolicies) {
      throw new DefinitionError(where, 'Either evaluation on plan or evaluation on run must be enabled')
    }
    const stage = this.#set.stage(binding.stage)
    const kind = stage === undefined ? undefined : this.#kinds.get(stage.kind)
    if (stage === undefined || kind === undefined) throw new DefinitionError(where, `there is no stage ${binding.stage}`)
    this.#parts.push(binding, stage, referredParts(stage.options, this.#set))
    return Object.freeze({ binding, stage, kind, policies: this.#target(binding), pending: pendingStates(binding.pk) })
  }

  #target (object: Flow | StageBinding): PolicyTarget {
    const bindings = inOrder(this.#policyBindings.get(object.pk) ?? []).filter(({ enabled }) => enabled)
    return Object.freeze({
      mode: object.policyEngineMode,
      bindings: Object.freeze(bindings.map((binding) => this.#prepared(binding)))
    })
  }

  #prepared (binding: PolicyBinding): PreparedBinding {
    this.#parts.push(binding)
    const common = {
      pk: binding.pk,
      order: binding.order,
      negate: binding.negate,
      timeout: Math.min(binding.timeout * 1000, LONGEST_TIMEOUT),
      failureResult: binding.failureResult
    }
    return Object.freeze({ ...common, ...this.#asked(binding) })
  }

  #asked (binding: PolicyBinding): { name: string, kind: string, logged: boolean, policy: PreparedPolicy } {
    const policy = binding.policy === null ? undefined : this.#set.policy(binding.policy)
    const prepared = binding.policy === null ? undefined : this.#set.preparedPolicy(binding.policy)
    if (policy !== undefined && prepared !== undefined) {
      this.#parts.push(policy)
      return { name: policy.name, kind: policy.kind, logged: policy.executionLogging, policy: prepared }
    }
    const group = binding.group === null ? undefined : this.#set.group(binding.group)
    if (group !== undefined) {
      this.#parts.push(group)
      return { name: group.name, kind: 'group', logged: false, policy: groupMembership(group.pk) }
    }
    const user = binding.user ?? ''
    return { name: this.#set.nameOfUser(user), kind: 'user', logged: false, policy: sameUser(user) }
  }

  #refuseTwins (bindings: readonly StageBinding[]): void {
    const seen = new Set<string>()
    for (const { pk, stage, order } of bindings) {
      const key = `${stage} ${order}`
      checkedAt(this.#places, pk, () => {
        if (!seen.has(key)) return
        throw new DefinitionError(`flow '${this.#flow.slug}', stage binding #${order}`, 'the same stage is bound at this order already')
      })
      seen.add(key)
    }
  }
}

function checkPolicyBinding (binding: PolicyBinding, targets: ReadonlySet<string>): void {
  const { where } = label.policyBinding(binding)
  const set = [binding.policy, binding.group, binding.user].filter((asked) => asked !== null).length
  if (set > 1) throw new DefinitionError(where, "Only one of 'policy', 'group' or 'user' can be set.")
  if (set < 1) throw new DefinitionError(where, "One of 'policy', 'group' or 'user' must be set.")
  if (!targets.has(binding.target)) {
    throw new DefinitionError(where, `field 'target': there is no flow and no stage binding ${binding.target}`)
  }
}

/** By order; what ties stays in the order in which it was added. */
function inOrder<T extends { readonly order: number }> (bindings: readonly T[]): T[] {
  return bindings.toSorted((a, b) => a.order - b.order)
}
