import type { CompiledBinding } from '../registry/compiled-flow.js'
import type { RunEvent } from '../runs/run-event.js'
import { eventText } from './event-text.js'
import { ENGLISH } from './explain-words.js'
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
    const more = detailsOf(event)
    const { faults = [], request = '', keptContext = false, message = '', to = '' } = more
    const facts = { event: event.kind, stage: stage ?? '', faults: faults.map(({ string }) => string), request, keptContext, message, to }
    return { at: isoTime(event.at), event: event.kind, binding, stage, text: eventText(facts, ENGLISH), ...more }
  })
}

/** What only some events have. */
function detailsOf (event: RunEvent): Pick<EventExplanation, 'faults' | 'request' | 'keptContext' | 'message' | 'to'> {
  switch (event.kind) {
    case 'refused': return { faults: event.faults.map(({ field, string, code }) => ({ field, string, code })) }
    case 'failed': return { request: event.request }
    case 'restarted': return { keptContext: event.keptContext }
    case 'denied': return { message: event.message }
    case 'ended': return { to: event.to }
    default: return {}
  }
}
