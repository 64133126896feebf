import { fileURLToPath } from 'node:url'
import { BlueprintError, DefinitionError } from 'fastify-flow-planner'
import { UsageError } from './server-options.js'

/** From `dist/examples/` as from `examples/`, the blueprints are those of the sources. */
export const ownBlueprints = fileURLToPath(new URL('../../examples/blueprints/', import.meta.url))

/** Ends the start with a message that a person can use: wrong input without a stack, anything else with one. */
export function fail (error: unknown): void {
  const isInput = error instanceof UsageError || error instanceof BlueprintError || error instanceof DefinitionError
  console.error(isInput ? error.message : error)
  process.exitCode = 1
}
