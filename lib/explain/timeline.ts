import type { CompiledBinding } from '../registry/compiled-flow.js'
import type { RunEvent } from '../runs/run-event.js'
import type { EventExplanation } from './explanation-schema.js'

/** A time as explain shows it. */
export function isoTime (time: number): string {
  return new Date(time).toISOString()
}

/** What happened in a run, the oldest first. */
export function explainTimeline (events: readonly RunEvent[], find: (pk: string) => CompiledBinding): EventExplanation[] {
  return events.map((event) => {
    const binding = 'binding' in event ? event.binding : null
    const stage = binding === null ? null : find(binding).stage.name
    return {
      at: isoTime(event.at),
      event: event.kind,
      binding,
      stage,
      text: inWords(event, stage ?? ''),
      ...event.kind === 'refused' ? { faults: event.faults.map(({ field, string, code }) => ({ field, string, code })) } : {}
    }
  })
}

function inWords (event: RunEvent, stage: string): string {
  switch (event.kind) {
    case 'started': return 'Started.'
    case 'challenge': return `'${stage}' was shown.`
    case 'refused': return `An answer to '${stage}' was refused: ${event.faults.map(({ string }) => string).join(' ')}`
    case 'passed': return `'${stage}' passed.`
    case 'taken_out': return `'${stage}' was taken out.`
    case 'failed': return `'${stage}' failed; request ${event.request} in the log says how.`
    case 'restarted': return `Planned anew at '${stage}', ${event.keptContext ? 'with the context that it had' : 'from the beginning'}.`
    case 'denied': return `Denied${stage === '' ? '' : ` at '${stage}'`}: ${event.message}`
    case 'ended': return `Ended at ${event.to}`
    case 'cancelled': return 'Cancelled.'
  }
}
