import { randomBytes } from 'node:crypto'
import { loadBlueprints } from '../blueprint/load.js'
import { readBlueprints } from '../blueprint/read.js'
import { DefinitionError } from '../errors.js'
import type { ExecutorTools } from '../executor/executor-tools.js'
import type { Definitions } from '../model/definitions.js'
import type { PolicyFunction } from '../policies/policy-kind.js'
import { builtInPolicyKinds } from '../policies/kinds/index.js'
import { randomId } from '../random-id.js'
import { offlineTools } from '../simulate/offline-tools.js'
import type { StatedVerdict } from '../simulate/overriding-planner.js'
import { builtInStageKinds } from '../stages/index.js'

/**
 * Loads blueprints from disk.
 *
 * @throws BlueprintError
 */
export function loadFrom (paths: readonly string[], env: Readonly<Record<string, string | undefined>>): Definitions {
  const { files, readFile } = readBlueprints(paths)
  return loadBlueprints(files, { stageKinds: builtInStageKinds, policyKinds: builtInPolicyKinds, env, readFile }).definitions
}

/**
 * An engine of blueprints, with everything in memory. A stated verdict stands in for a policy whose function is not there.
 *
 * @throws DefinitionError
 */
export function offlineEngine (definitions: Definitions, verdicts: Readonly<Record<string, StatedVerdict>>): ExecutorTools {
  try {
    return offlineTools(definitions, {
      policies: standInFunctions(verdicts), now: Date.now, newId: randomId, randomBytes: (length) => randomBytes(length)
    })
  } catch (error) {
    if (!(error instanceof DefinitionError)) throw error
    const policy = /Policy '(.+)', field 'expression'.*no function stands for it/s.exec(error.message)
    if (policy === null) throw error
    throw new Error(`${error.message}\nHere, --verdict '${policy[1]}=pass' (or fail, or error) stands in for it.`)
  }
}

/** Functions under the names of policies whose verdicts are stated. The planner never asks them: it knows the verdicts. */
export function standInFunctions (verdicts: Readonly<Record<string, StatedVerdict>>): Record<string, PolicyFunction> {
  return Object.fromEntries(Object.entries(verdicts).map(([name, verdict]) => [name, () => verdict === 'pass']))
}
