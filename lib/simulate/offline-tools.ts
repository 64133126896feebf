import { Sealer } from '../context/seal.js'
import type { ExecutorTools } from '../executor/executor-tools.js'
import { Inspector } from '../inspector/inspector.js'
import type { Definitions } from '../model/definitions.js'
import { Planner } from '../planner/planner.js'
import type { OutpostCheck } from '../planner/requirement.js'
import { Registry, type RegistryOptions } from '../registry/registry.js'
import { MemoryRunStore } from '../runs/memory-run-store.js'
import type { Services } from '../services.js'
import { MemoryReputationStore } from '../users/memory-reputation-store.js'
import { MemoryUserStore } from '../users/memory-user-store.js'
import { uncounted } from './dry-engine.js'

/** What of an executor's options shows in its challenges. */
export type WalkSettings = Pick<ExecutorTools, 'defaultRedirect' | 'maxRestarts' | 'requireStepToken'>

/** What an engine without a server is made with beside its definitions. */
export interface OfflineOptions extends RegistryOptions, Pick<Services, 'now' | 'newId' | 'randomBytes'> {
  /** Defaults to the users of the definitions, in memory. */
  readonly users?: Services['users']
  /** Defaults to no scores, in memory. */
  readonly reputation?: Services['reputation']
  /** Defaults to those that the plugin has. */
  readonly settings?: WalkSettings
  /** Defaults to no. */
  readonly isOutpost?: OutpostCheck
}

const SILENT: Services['log'] = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/**
 * What an executor needs, of definitions alone and with everything in memory: for the command line and for replays.
 *
 * @throws DefinitionError where the definitions are wrong.
 */
export function offlineTools (definitions: Definitions, options: OfflineOptions): ExecutorTools {
  const { now, newId, randomBytes, isOutpost, settings } = options
  const registry = new Registry(definitions, options)
  const { groups, users } = registry.current.definitions
  const services: Services = {
    registry,
    users: options.users ?? new MemoryUserStore({ groups, users, now, newId, randomBytes }),
    reputation: options.reputation ?? new MemoryReputationStore({ now }),
    now,
    newId,
    randomBytes,
    log: SILENT
  }
  return {
    services,
    planner: new Planner({ services, cacheSize: 0, ...isOutpost === undefined ? {} : { isOutpost } }),
    inspector: new Inspector('', registry.kinds.stageKinds),
    runs: new MemoryRunStore({ now, max: 10 }),
    attempts: uncounted(services),
    sealer: new Sealer([randomBytes(32)], randomBytes),
    maxAge: 1_800_000,
    cancelUrl: '/flows/-/cancel/',
    ...settings ?? { maxRestarts: 10, defaultRedirect: '/', requireStepToken: false }
  }
}
