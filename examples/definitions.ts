import { builtInPolicyKinds, builtInStageKinds, loadBlueprints, readBlueprints, type LoadedBlueprints } from 'fastify-flow-planner'

/**
 * Loads the blueprints of files and folders.
 *
 * @throws BlueprintError, DefinitionError
 */
export function readDefinitions (paths: readonly string[]): LoadedBlueprints {
  const { files, readFile } = readBlueprints(paths)
  return loadBlueprints(files, { stageKinds: builtInStageKinds, policyKinds: builtInPolicyKinds, env: process.env, readFile })
}
