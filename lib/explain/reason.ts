import { fill } from '../fill-text.js'
import { codeText } from './code-text.js'
import type { ExplainWords } from './explain-words.js'

/*
 * Puts what explain knows by code into words: on the server for the wire, the log and the picture, and in the page's own script,
 * each in its language. So facts are plain values, '' where there is none.
 */

/** What the words need to know of a policy binding. */
export interface PolicyFacts {
  readonly name: string
  readonly enabled: boolean
  readonly negate: boolean
  readonly result: string
  /** Of the last verdict. */
  readonly messages: readonly string[]
}

/** What the words need to know of a planning. */
export interface PlanningFacts {
  readonly outcome: string
  readonly requirement: string
  readonly policies: readonly PolicyFacts[]
  /** The stage whose policies could not be checked, where that refused the flow. */
  readonly refusedAt: { readonly stage: string, readonly policies: readonly PolicyFacts[] } | undefined
}

/** What the words need to know of a binding. */
export interface BindingFacts {
  readonly state: string
  readonly inserted: boolean
  readonly marker: string
  /** The last decision about it. */
  readonly decision: string
  readonly policies: readonly PolicyFacts[]
  /** The outcome of the planning. */
  readonly outcome: string
  /** How the run ended; '' where it goes on. */
  readonly ending: string
  /** What was said where it was denied. */
  readonly message: string
}

/** Why the flow does or does not apply, in words. */
export function planningReason ({ outcome, requirement, policies, refusedAt }: PlanningFacts, words: ExplainWords): string {
  const { texts } = words
  const code = outcome === 'planned' && policies.some(wasAsked)
    ? 'planned_said'
    : refusedAt === undefined ? outcome : 'policy_error_stage'
  return fill(codeText(texts, 'planning', code), {
    requirement: codeText(texts, 'requirement', requirement),
    code: requirement,
    stage: refusedAt?.stage ?? '',
    said: said(refusedAt?.policies ?? policies, words)
  })
}

/** Why a binding is in its state, in words. */
export function bindingReason (facts: BindingFacts, words: ExplainWords): string {
  const { policies, message } = facts
  return fill(codeText(words.texts, 'reason', reasonCode(facts)), { said: said(policies, words), message: words.say(message) })
}

function reasonCode ({ state, inserted, marker, decision, policies, outcome, ending }: BindingFacts): string {
  switch (state) {
    case 'passed': return inserted ? 'passed_inserted' : state
    case 'planned': return marker === 're_evaluate' && policies.some(({ enabled }) => enabled) ? 'planned_to_ask' : state
    case 'current':
      if (decision === 'denied') return 'current_unchecked'
      return ending === '' ? state : `current_${ending}`
    case 'not_reached': return outcome === 'planned' || outcome === 'empty' ? state : 'not_reached_refused'
    default: return state
  }
}

/** What the policies said that were asked, such as "'staff' failed (negated): not on the list". */
function said (policies: readonly PolicyFacts[], { texts, say }: ExplainWords): string {
  return policies.filter(wasAsked).map(({ name, result, negate, messages }) => {
    const verdict = fill(codeText(texts, 'said', result), { policy: name, negated: negate ? texts.saidNegated : '' })
    return messages.length === 0 ? verdict : `${verdict}: ${messages.map(say).join(' ').replace(/\.$/, '')}`
  }).join('; ')
}

function wasAsked ({ result }: PolicyFacts): boolean {
  return result !== 'not_asked' && result !== 'cancelled'
}
