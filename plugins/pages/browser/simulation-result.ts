import { codeText } from '../../../lib/explain/code-text.js'
import { bindingReason, planningReason } from '../../../lib/explain/reason.js'
import { h } from './dom.js'
import { bindingFacts, planningFacts } from './explain-facts.js'
import { type Json, objectOf, objectsOf, textOf } from './wire.js'
import type { Words } from './words.js'

function stopRow (binding: Json, explanation: Json, words: Words): HTMLElement {
  const stage = objectOf(binding, 'stage')
  const state = textOf(binding, 'state')
  return h('li', { 'data-state': state },
    h('strong', {}, textOf(stage, 'name')), ' ', h('span', { class: 'badge', 'data-state': state }, codeText(words.texts, 'state', state)),
    h('p', { class: 'kind' }, bindingReason(bindingFacts(binding, explanation), words)))
}

function list (title: string, rows: readonly string[]): HTMLElement[] {
  return rows.length === 0 ? [] : [h('h4', {}, title), h('ul', {}, ...rows.map((row) => h('li', {}, h('code', {}, row))))]
}

/** What would happen: the plan with its reasons, what would be shown, and what would change. */
export function simulationResult (simulation: Json, words: Words): HTMLElement {
  const { texts } = words
  const explanation = objectOf(simulation, 'explanation')
  const effects = objectsOf(simulation, 'effects').map((effect) => `${textOf(effect, 'effect')} ${JSON.stringify(effect['details'] ?? {})}`)
  const challenges = objectsOf(simulation, 'challenges').map((challenge) => textOf(challenge, 'component'))
  return h('div', {},
    h('p', { class: 'reason' }, planningReason(planningFacts(explanation), words)),
    h('ol', { class: 'stops' }, ...objectsOf(explanation, 'bindings').map((binding) => stopRow(binding, explanation, words))),
    ...list(texts.whatIfChallenges, challenges),
    ...list(texts.whatIfEffects, effects.length === 0 ? [texts.whatIfNoEffects] : effects))
}
