import { contentHash } from './content-hash.js'
import type { DefinitionLookup } from './definition-lookup.js'

type Options = Readonly<Record<string, unknown>>

/** What a stage's options point to, and what that points to: it decides how the stage behaves as much as they do. */
export function referredParts (options: Options, definitions: DefinitionLookup): unknown[] {
  const parts = new Map<string, unknown>()
  const waiting = [options]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const pk of Object.values(next).flat()) {
      if (typeof pk !== 'string' || parts.has(pk)) continue
      const stage = definitions.stage(pk)
      const part = definitions.prompt(pk) ?? definitions.policy(pk) ?? stage
      if (part === undefined) continue
      parts.set(pk, part)
      if (part === stage) waiting.push(stage.options)
    }
  }
  return [...parts.values()]
}

/** A hash of {@link referredParts}; null where there are none. */
export function referredHash (options: Options, definitions: DefinitionLookup): string | null {
  const parts = referredParts(options, definitions)
  return parts.length === 0 ? null : contentHash(parts)
}
