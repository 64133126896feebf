import { NONE } from '../none.js'
import type { RunEvent } from '../runs/run-event.js'
import { isHeard, tellStage, type StageMessage } from '../telemetry/channels.js'
import type { Walk } from './walk.js'

/** Tells whoever listens what has happened to a run in a request, once it is written; of a dry walk nothing has. */
export function tellWalk (walk: Walk, method: string): void {
  const { happenings } = walk
  walk.happenings = NONE
  if (walk.isSilent) return
  for (const { event, at, duration } of happenings) {
    if (!isHeard(event.kind)) continue
    tellStage(event.kind, {
      flow: walk.plan.flow.slug,
      run: walk.id,
      stage: at?.stage.name ?? null,
      kind: at?.stage.kind ?? null,
      method,
      duration,
      faults: faultsOf(event)
    })
  }
}

/** Without their texts, which may quote what was typed. */
function faultsOf (event: RunEvent): StageMessage['faults'] {
  return event.kind === 'refused' ? event.faults.map(({ field, code }) => ({ field, code })) : []
}
