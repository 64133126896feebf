import type { Definitions } from '../model/definitions.js'
import { requireKnownTypes } from '../model/known-types.js'
import type { PolicyKind } from '../policies/policy-kind.js'
import type { StageKind } from '../stages/stage-kind.js'
import { assemble } from './assemble.js'
import type { BlueprintFile } from './blueprint-file.js'
import { DEFAULT_LIMITS, type BlueprintLimits } from './limits.js'
import { Loading } from './loading.js'
import { modelsByName } from './models.js'
import { PendingFile } from './pending-file.js'
import { describePlace, refuse } from './place.js'
import { referencesOf } from './row-references.js'
import type { Store } from './store.js'

/** What blueprints are loaded with. */
export interface BlueprintOptions {
  /** The kinds of stage that an entry may be of. */
  readonly stageKinds: readonly StageKind[]
  /** The kinds of policy that an entry may be of. */
  readonly policyKinds: readonly PolicyKind[]
  /** What `!Env` sees. Defaults to nothing. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** What `!Context` sees before the file's own context. Defaults to nothing. */
  readonly context?: Readonly<Record<string, unknown>>
  /**
   * Reads a file that `!File` names, relative to the blueprint at `path`. It has to confine what may be read. Defaults to
   * refusing the tag.
   */
  readonly readFile?: (path: string, relative: string) => string
  readonly limits?: Partial<BlueprintLimits>
}

/** What blueprints came to. */
export interface LoadedBlueprints {
  /** With the places of all objects. */
  readonly definitions: Definitions
  /** What was passed over, each with file, line and entry. */
  readonly warnings: readonly string[]
}

/**
 * Loads blueprints of version 1 into definitions. Files are taken in the order given, but for those that another one
 * depends on, which go before it. Nothing is read from disk.
 *
 * @throws BlueprintError with file, line and entry, for whatever is wrong in a file.
 * @throws OptionsError where a schema of a kind has a type or format that is not known.
 */
export function loadBlueprints (files: readonly BlueprintFile[], options: BlueprintOptions): LoadedBlueprints {
  for (const kind of [...options.stageKinds, ...options.policyKinds]) requireKnownTypes(kind)
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const pending = files.map((file) => new PendingFile(file, limits))
  const loading = new Loading(pending, modelsByName(options.stageKinds, options.policyKinds), options, limits)
  loading.applyAll()
  checkReferences(loading.store)
  const rows = [...loading.store.rows()]
  return {
    definitions: {
      ...assemble(rows),
      places: new Map(rows.map((row) => [row.pk, describePlace(row.place, row.offset)]))
    },
    warnings: loading.warnings
  }
}

/** Refuses a reference to an object that no file defines, once all files have been applied. */
function checkReferences (store: Store): void {
  for (const row of store.rows()) {
    for (const { field, pk, tables } of referencesOf(row)) {
      if (tables.some((table) => store.get(table, pk) !== undefined)) continue
      refuse(row.place, row.fieldOffsets.get(field) ?? row.offset, `'${field}' refers to a ${tables.join(' or ')} that no blueprint defines`)
    }
  }
}
