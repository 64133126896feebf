import { h } from './dom.js'
import { stateWord } from './state-words.js'
import { type Json, objectOf, objectsOf, textOf } from './wire.js'
import type { Words } from './words.js'

function stopRow (binding: Json, { texts, say }: Words): HTMLElement {
  const stage = objectOf(binding, 'stage')
  const state = textOf(binding, 'state')
  return h('li', { 'data-state': state },
    h('strong', {}, textOf(stage, 'name')), ' ', h('span', { class: 'badge', 'data-state': state }, stateWord(state, texts)),
    h('p', { class: 'kind' }, say(textOf(binding, 'reason'))))
}

function list (title: string, rows: readonly string[]): HTMLElement[] {
  return rows.length === 0 ? [] : [h('h4', {}, title), h('ul', {}, ...rows.map((row) => h('li', {}, h('code', {}, row))))]
}

/** What would happen: the plan with its reasons, what would be shown, and what would change. */
export function simulationResult (simulation: Json, words: Words): HTMLElement {
  const { texts, say } = words
  const explanation = objectOf(simulation, 'explanation')
  const effects = objectsOf(simulation, 'effects').map((effect) => `${textOf(effect, 'effect')} ${JSON.stringify(effect['details'] ?? {})}`)
  const challenges = objectsOf(simulation, 'challenges').map((challenge) => textOf(challenge, 'component'))
  return h('div', {},
    h('p', { class: 'reason' }, say(textOf(objectOf(explanation, 'planning'), 'reason'))),
    h('ol', { class: 'stops' }, ...objectsOf(explanation, 'bindings').map((binding) => stopRow(binding, words))),
    ...list(texts.whatIfChallenges, challenges),
    ...list(texts.whatIfEffects, effects.length === 0 ? [texts.whatIfNoEffects] : effects))
}
