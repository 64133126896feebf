import { LEAST } from '../contender.js'
import type { Cores } from '../cores.js'
import { hasRedis } from '../redis-process.js'
import type { Row } from '../row.js'
import { bootRow } from './boot.js'
import { celRow } from './cel.js'
import { inspectRow } from './inspect.js'
import { interactionPeerRow } from './interaction-peer.js'
import { planCachedRow, planRow, planUnheardRow } from './plan.js'
import { stepPeerRow, stepRedisRow, stepRow } from './step.js'

/** The rows of the table, in its order; that of Redis only where there is a `redis-server`. */
export const rows = (cores: Cores): readonly Row[] => [
  inspectRow(cores, 1),
  inspectRow(cores, 10),
  inspectRow(cores, 100),
  stepRow(cores),
  stepPeerRow(cores),
  interactionPeerRow(cores),
  ...hasRedis() ? [stepRedisRow(cores)] : [],
  planRow,
  planCachedRow,
  planUnheardRow,
  celRow,
  bootRow
]

/** By what the goals of some rows are bounded, whatever the engine does: only where they are asked for. */
export const bounds = (cores: Cores): readonly Row[] => [
  stepRow(cores, LEAST),
  stepPeerRow(cores, LEAST),
  interactionPeerRow(cores, LEAST),
  ...hasRedis() ? [stepRedisRow(cores, LEAST)] : []
]
