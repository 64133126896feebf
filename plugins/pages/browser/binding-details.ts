import { codeText } from '../../../lib/explain/code-text.js'
import { bindingReason } from '../../../lib/explain/reason.js'
import { milliseconds } from '../../../lib/milliseconds.js'
import { h } from './dom.js'
import { bindingFacts } from './explain-facts.js'
import { flagOf, type Json, objectsOf, textOf, textsOf } from './wire.js'
import type { Words } from './words.js'

function verdictLine (verdict: Json, { texts, say }: Words): HTMLElement {
  const duration = verdict['duration']
  const facts = [
    textOf(verdict, 'asked') === 'plan' ? texts.askedPlan : texts.askedTurn,
    typeof duration === 'number' ? milliseconds(duration, document.documentElement.lang) : '',
    flagOf(verdict, 'cached') ? texts.fromCache : ''
  ]
  const result = textOf(verdict, 'result')
  const results = flagOf(verdict, 'faulty') && result !== 'error' ? ['error', result] : [result]
  return h('li', {},
    ...results.map((word) => h('span', { class: 'badge', 'data-result': word }, codeText(texts, 'verdict', word))),
    h('span', { class: 'kind' }, facts.filter((fact) => fact !== '').join(' · ')),
    ...textsOf(verdict, 'messages').map((message) => h('p', { class: 'message' }, say(message))))
}

function policyRow (policy: Json, words: Words): HTMLElement {
  const { texts, say } = words
  const verdicts = objectsOf(policy, 'verdicts')
  const notes = [
    say(textOf(policy, 'kind')), flagOf(policy, 'negate') ? texts.negated.replace(/:$/, '') : '', flagOf(policy, 'enabled') ? '' : texts.disabled
  ]
  return h('li', { class: 'policy-row' },
    h('strong', {}, textOf(policy, 'name')), ' ',
    h('span', { class: 'kind' }, notes.filter((note) => note !== '').join(' · ')),
    verdicts.length === 0
      ? h('p', {}, h('span', { class: 'badge', 'data-result': 'not_asked' }, texts.verdictNotAsked))
      : h('ul', {}, ...verdicts.map((verdict) => verdictLine(verdict, words))))
}

/** Policies of a binding or of the flow, and what each said. */
export function policyList (target: Json, words: Words): HTMLElement {
  const { texts } = words
  const policies = objectsOf(target, 'policies')
  if (policies.length === 0) return h('p', { class: 'hint' }, texts.noPolicies)
  return h('div', {},
    policies.length === 1 ? null : h('p', { class: 'hint' }, textOf(target, 'policy_engine_mode') === 'all' ? texts.modeAll : texts.modeAny),
    h('ul', { class: 'policies' }, ...policies.map((policy) => policyRow(policy, words))))
}

/** One binding: where it stands, why, and what its policies said. */
export function bindingDetails (binding: Json, explanation: Json, state: string, words: Words): HTMLElement {
  const { texts } = words
  const isNow = state === textOf(binding, 'state')
  const stage = binding['stage']
  const name = typeof stage === 'object' && stage !== null && 'name' in stage ? String(stage.name) : ''
  return h('div', { class: 'details' },
    h('p', {}, h('strong', {}, name), ' ', h('span', { class: 'badge', 'data-state': state }, codeText(texts, 'state', state))),
    isNow ? h('p', { class: 'reason' }, bindingReason(bindingFacts(binding, explanation), words)) : null,
    h('h4', {}, texts.policies),
    policyList(binding, words))
}
