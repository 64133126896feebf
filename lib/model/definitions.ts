import type { Flow } from './flow.js'
import type { Group } from './group.js'
import type { Places } from './places.js'
import type { PolicyBinding } from './policy-binding.js'
import type { Policy } from './policy.js'
import type { Prompt } from './prompt.js'
import type { StageBinding } from './stage-binding.js'
import type { Stage } from './stage.js'
import type { UserSeed } from './user.js'

/** Everything that flows are made of, as flat lists; what the builder and the blueprint loader both give. */
export interface Definitions {
  readonly flows: readonly Flow[]
  readonly stages: readonly Stage[]
  readonly bindings: readonly StageBinding[]
  readonly policies: readonly Policy[]
  readonly policyBindings: readonly PolicyBinding[]
  readonly prompts: readonly Prompt[]
  readonly groups: readonly Group[]
  readonly users: readonly UserSeed[]
  /** Where objects were defined, as `file:line:column: entry`, by primary key: errors about them begin with it. */
  readonly places?: Places
}

/** Joins several definitions into one; a primary key that occurs twice is refused when they are registered. */
export function joinDefinitions (...parts: readonly Definitions[]): Definitions {
  return {
    flows: parts.flatMap((part) => part.flows),
    stages: parts.flatMap((part) => part.stages),
    bindings: parts.flatMap((part) => part.bindings),
    policies: parts.flatMap((part) => part.policies),
    policyBindings: parts.flatMap((part) => part.policyBindings),
    prompts: parts.flatMap((part) => part.prompts),
    groups: parts.flatMap((part) => part.groups),
    users: parts.flatMap((part) => part.users),
    places: joinPlaces(parts)
  }
}

/** Where a key occurs in several parts, its place is all of theirs: an error about it has to name them. */
function joinPlaces (parts: readonly Definitions[]): Places {
  const joined = new Map<string, string>()
  for (const [pk, place] of parts.flatMap(({ places }) => [...places ?? []])) {
    const other = joined.get(pk)
    joined.set(pk, other === undefined ? place : `${other} and ${place}`)
  }
  return joined
}
