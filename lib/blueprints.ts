// The subpath `fastify-flow-planner/blueprints`: flows in authentik's blueprint format, read and written.
export type { BlueprintFile } from './blueprint/blueprint-file.js'
export { exportFlow, type ExportOptions } from './blueprint/export.js'
export { loadBlueprints, type BlueprintOptions, type LoadedBlueprints } from './blueprint/load.js'
export type { BlueprintLimits } from './blueprint/limits.js'
export { readBlueprints, type ReadBlueprints } from './blueprint/read.js'
export { BlueprintError } from './errors.js'
export { joinDefinitions, type Definitions } from './model/definitions.js'
