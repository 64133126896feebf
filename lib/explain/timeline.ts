import type { CompiledBinding } from '../registry/compiled-flow.js'
import type { RunState } from '../runs/run-state.js'
import type { EventExplanation } from './explanation-schema.js'

/** A time as explain shows it. */
export function isoTime (time: number): string {
  return new Date(time).toISOString()
}

/** What happened in a run, the oldest first. */
export function explainTimeline (state: RunState, _find: (pk: string) => CompiledBinding): EventExplanation[] {
  return [{ at: isoTime(state.startedAt), event: 'started', binding: null, stage: null, text: 'Started.' }]
}
