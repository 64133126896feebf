import type { Definitions } from '../model/definitions.js'
import type { Flow } from '../model/flow.js'
import type { Group } from '../model/group.js'
import type { Policy } from '../model/policy.js'
import type { Prompt } from '../model/prompt.js'
import type { UserPk } from '../model/user.js'
import type { PromptFunction, PromptFunctions } from '../policies/prompt-function.js'
import type { PreparedPolicy } from '../policies/policy-kind.js'
import type { StageOf } from '../stages/stage-kind.js'
import type { CompiledFlow } from './compiled-flow.js'
import type { DefinitionLookup } from './definition-lookup.js'
import { addTo } from './grouping.js'

/** What compiling makes of definitions; the set takes it over. */
export interface DefinitionSetParts {
  readonly definitions: Definitions
  readonly stages: ReadonlyMap<string, StageOf<Readonly<Record<string, unknown>>>>
  readonly policies: ReadonlyMap<string, { readonly policy: Policy, readonly prepared: PreparedPolicy }>
  readonly prompts: ReadonlyMap<string, { readonly prompt: Prompt, readonly functions: PromptFunctions }>
  readonly groups: ReadonlyMap<string, Group>
}

/** All definitions of one moment: frozen, never changed, replaced as a whole. Every look-up takes constant time. */
export class DefinitionSet implements DefinitionLookup {
  readonly #parts: DefinitionSetParts
  readonly #bySlug = new Map<string, CompiledFlow>()
  readonly #byPk = new Map<string, CompiledFlow>()
  readonly #byDesignation = new Map<string, Flow[]>()
  readonly #usersOfStage = new Map<string, Flow[]>()
  readonly #usernames: ReadonlyMap<UserPk, string>

  constructor (parts: DefinitionSetParts, compile: (set: DefinitionSet) => readonly CompiledFlow[]) {
    this.#parts = parts
    this.#usernames = new Map(parts.definitions.users.map(({ uuid, username }) => [uuid, username]))
    for (const compiled of compile(this)) this.#add(compiled)
    for (const flows of this.#byDesignation.values()) flows.sort((a, b) => a.slug < b.slug ? -1 : 1)
  }

  #add (compiled: CompiledFlow): void {
    this.#bySlug.set(compiled.flow.slug, compiled)
    this.#byPk.set(compiled.flow.pk, compiled)
    addTo(this.#byDesignation, compiled.flow.designation, compiled.flow)
    for (const { stage } of compiled.bindings) addTo(this.#usersOfStage, stage.pk, compiled.flow)
  }

  /** The definitions as they were given, defaults filled in. */
  get definitions (): Definitions {
    return this.#parts.definitions
  }

  /** Every flow. */
  get flows (): Iterable<CompiledFlow> {
    return this.#bySlug.values()
  }

  compiled (slug: string): CompiledFlow | undefined {
    return this.#bySlug.get(slug)
  }

  flow (pk: string): Flow | undefined {
    return this.#byPk.get(pk)?.flow
  }

  flowBySlug (slug: string): Flow | undefined {
    return this.#bySlug.get(slug)?.flow
  }

  flowsFor (designation: Flow['designation']): readonly Flow[] {
    return this.#byDesignation.get(designation) ?? []
  }

  /** The flows that use a stage, one for each binding, as the original lists them. */
  flowsUsing (stage: string): readonly Flow[] {
    return this.#usersOfStage.get(stage) ?? []
  }

  stage (pk: string): StageOf<Readonly<Record<string, unknown>>> | undefined {
    return this.#parts.stages.get(pk)
  }

  policy (pk: string): Policy | undefined {
    return this.#parts.policies.get(pk)?.policy
  }

  preparedPolicy (pk: string): PreparedPolicy | undefined {
    return this.#parts.policies.get(pk)?.prepared
  }

  prompt (pk: string): Prompt | undefined {
    return this.#parts.prompts.get(pk)?.prompt
  }

  promptFunction (pk: string, field: 'initialValue' | 'placeholder'): PromptFunction | undefined {
    return this.#parts.prompts.get(pk)?.functions[field]
  }

  group (pk: string): Group | undefined {
    return this.#parts.groups.get(pk)
  }

  /** What to call the user that a policy binding names: the username where it is defined here, else what names it. */
  nameOfUser (user: UserPk): string {
    return this.#usernames.get(user) ?? String(user)
  }
}
