import type { Model } from './models.js'

/** Applications of the original whose models all have a part here: an unknown one is a mistake, not something else's. */
const OWN_APPS = /^authentik_(flows|policies|stages_\w+|policies_\w+)\./

/**
 * Says what is wrong with a model that nothing handles, and what would be right; undefined where it is one that this
 * package has no part for, such as a brand or a certificate, and its entry may be skipped.
 */
export function unknownModelFault (name: string, models: ReadonlyMap<string, Model>): string | undefined {
  const app = OWN_APPS.exec(name)?.[1]
  if (app === undefined) return undefined
  if (app.startsWith('stages_')) {
    return `nothing handles the model ${name}: register a stage kind for it (stageKinds), or use one of ${namesIn('stage', models)}`
  }
  if (app.startsWith('policies_')) {
    return `nothing handles the model ${name}: register a policy kind for it (policyKinds), or use one of ${namesIn('policy', models)}`
  }
  return `there is no model ${name}, there are ${[...models.keys()].join(', ')}`
}

function namesIn (table: Model['table'], models: ReadonlyMap<string, Model>): string {
  return [...models.values()].filter((model) => model.table === table).map((model) => model.name).join(', ')
}
