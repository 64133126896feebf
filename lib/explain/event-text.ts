import { fill } from '../fill-text.js'
import { codeText } from './code-text.js'
import type { ExplainWords } from './explain-words.js'

/** What the words need to know of an event of a run; '' where it has no such thing. */
export interface EventFacts {
  readonly event: string
  readonly stage: string
  /** What was wrong with an answer that was refused. */
  readonly faults: readonly string[]
  /** Id of the request whose log says more. */
  readonly request: string
  /** Whether a restart kept the context. */
  readonly keptContext: boolean
  readonly message: string
  readonly to: string
}

/** What happened in a run, in words: on the server for the wire, and in the page's own script in its language. */
export function eventText (facts: EventFacts, { texts, say }: ExplainWords): string {
  const { event, stage, faults, request, keptContext, message, to } = facts
  const code = keptContext ? 'restarted_kept' : event === 'denied' && stage !== '' ? 'denied_at' : event
  return fill(codeText(texts, 'event', code), { stage, faults: faults.map(say).join(' '), request, message: say(message), to })
}
