import type { Flow } from '../model/flow.js'
import type { Group } from '../model/group.js'
import type { Policy } from '../model/policy.js'
import type { Prompt } from '../model/prompt.js'
import type { Stage } from '../model/stage.js'
import type { PromptFunction } from '../policies/prompt-function.js'

/** Finds defined objects by primary key, in constant time. */
export interface DefinitionLookup {
  flow (pk: string): Flow | undefined
  flowBySlug (slug: string): Flow | undefined
  /** The flows of a designation, by slug. */
  flowsFor (designation: Flow['designation']): readonly Flow[]
  stage (pk: string): Stage | undefined
  policy (pk: string): Policy | undefined
  prompt (pk: string): Prompt | undefined
  group (pk: string): Group | undefined
  /** The function that gives a prompt's initial value or placeholder; undefined where the text itself is it. */
  promptFunction (pk: string, field: 'initialValue' | 'placeholder'): PromptFunction | undefined
}
