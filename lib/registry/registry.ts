import { OptionsError } from '../errors.js'
import type { Definitions } from '../model/definitions.js'
import { requireKnownTypes } from '../model/known-types.js'
import { defaultPolicyFunctions, defaultPromptFunctions } from '../policies/default-functions.js'
import { builtInPolicyKinds } from '../policies/kinds/index.js'
import type { PolicyFunction, PolicyKind } from '../policies/policy-kind.js'
import type { PromptFunctions } from '../policies/prompt-function.js'
import { builtInStageKinds } from '../stages/index.js'
import type { RunState } from '../runs/run-state.js'
import type { StageKind } from '../stages/stage-kind.js'
import { compile } from './compile.js'
import type { CompiledFlow } from './compiled-flow.js'
import type { DefinitionSet } from './definition-set.js'
import type { Kinds } from './kinds.js'
import { referredHash } from './referred.js'

/** What a host adds to the built-in kinds and functions. */
export interface RegistryOptions {
  readonly stageKinds?: readonly StageKind[]
  readonly policyKinds?: readonly PolicyKind[]
  /** Policies written as functions, by policy name. */
  readonly policies?: Readonly<Record<string, PolicyFunction>>
  /** Functions in place of prompts' expressions, by prompt name. */
  readonly prompts?: Readonly<Record<string, PromptFunctions>>
}

/** Sets of definitions kept for the runs that began with them. */
const RETIRED_SETS = 8

/**
 * Holds the definitions. They are changed only as a whole, by {@link Registry.replace}; who caches something made
 * from them is told.
 */
export class Registry {
  readonly kinds: Kinds
  /** The definitions in force, and behind them those that are kept for runs that began with them. */
  #sets: readonly [DefinitionSet, ...DefinitionSet[]]
  readonly #listeners = new Set<() => void>()

  /**
   * @throws DefinitionError where the definitions are wrong.
   * @throws OptionsError where two kinds have one name, or a schema of one has a type or format that is not known.
   */
  constructor (definitions: Definitions, options: RegistryOptions = {}) {
    for (const kind of [...options.stageKinds ?? [], ...options.policyKinds ?? []]) requireKnownTypes(kind)
    this.kinds = {
      stageKinds: byKind([...builtInStageKinds, ...options.stageKinds ?? []]),
      policyKinds: byKind([...builtInPolicyKinds, ...options.policyKinds ?? []]),
      policyFunctions: new Map([...Object.entries(defaultPolicyFunctions), ...Object.entries(options.policies ?? {})]),
      promptFunctions: new Map([...Object.entries(defaultPromptFunctions), ...Object.entries(options.prompts ?? {})])
    }
    this.#sets = [compile(definitions, this.kinds)]
  }

  /** The definitions in force. */
  get current (): DefinitionSet {
    return this.#sets[0]
  }

  /** The flow of a slug as it is defined now. */
  flow (slug: string): CompiledFlow | undefined {
    return this.current.compiled(slug)
  }

  /** The flow of a run as it was when the run began, with all that its stages refer to, as long as that is kept. */
  flowOf ({ flow: slug, definition, inline }: Pick<RunState, 'flow' | 'definition' | 'inline'>): CompiledFlow | undefined {
    for (const set of this.#sets) {
      const flow = set.compiled(slug)
      const isSame = flow?.hash === definition &&
        inline.every(({ stage, refersTo }) => referredHash(stage.options, set) === refersTo)
      if (isSame) return flow
    }
    return undefined
  }

  /**
   * Puts new definitions in force, all or none. Runs go on with what they began with; the last sets are kept for them.
   *
   * @throws DefinitionError where they are wrong; the old ones stay in force.
   */
  replace (definitions: Definitions): void {
    const next = compile(definitions, this.kinds)
    this.#sets = [next, ...this.#sets.slice(0, RETIRED_SETS)]
    for (const listener of this.#listeners) listener()
  }

  /**
   * Knows definitions without putting them in force: runs that began with them in another process can go on here. Before a
   * change is put in force anywhere, every process that shares the runs should have learnt it.
   *
   * @throws DefinitionError where they are wrong.
   */
  learn (definitions: Definitions): void {
    const next = compile(definitions, this.kinds)
    const [current, ...retired] = this.#sets
    this.#sets = [current, next, ...retired.slice(0, RETIRED_SETS - 1)]
  }

  /** Calls back after every change. */
  onReplace (listener: () => void): void {
    this.#listeners.add(listener)
  }
}

function byKind<T extends { readonly kind: string }> (kinds: readonly T[]): Map<string, T> {
  const map = new Map<string, T>()
  for (const kind of kinds) {
    if (map.has(kind.kind)) throw new OptionsError(`the kind '${kind.kind}' is registered twice`)
    map.set(kind.kind, kind)
  }
  return map
}
