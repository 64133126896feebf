import { showAlert } from './alert.js'
import { h, newId } from './dom.js'
import { markField } from './field-errors.js'
import { labelled } from './field.js'
import type { InspectorClient } from './inspector-client.js'
import { simulationResult } from './simulation-result.js'
import { isJson, type Json, objectOf, objectsOf, textOf } from './wire.js'
import type { Words } from './words.js'

/** A text that is to be JSON: undefined where nothing was typed. */
function parse (text: string, fits: (value: unknown) => boolean): { readonly value: unknown } | 'wrong' | undefined {
  if (text.trim() === '') return undefined
  try {
    const value: unknown = JSON.parse(text)
    return fits(value) ? { value } : 'wrong'
  } catch {
    return 'wrong'
  }
}

/** Asks what would happen with another user, context or other verdicts. */
export class WhatIf {
  readonly element: HTMLElement
  readonly #client: InspectorClient
  readonly #words: Words
  readonly #user = h('input', { type: 'text', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false' })
  readonly #context = h('textarea', { rows: 2, spellcheck: 'false', placeholder: '{ "key": "value" }' })
  readonly #answers = h('textarea', { rows: 2, spellcheck: 'false', placeholder: '[{ "uid_field": "alice" }, { "stand_in": "right" }]' })
  readonly #contextField: HTMLElement
  readonly #answersField: HTMLElement
  readonly #verdicts = h('div', { class: 'verdict-choices' })
  readonly #alert = h('div', { role: 'alert' })
  readonly #result = h('div', { class: 'result', 'aria-live': 'polite' })
  readonly #chosen = new Map<string, string>()
  #shown = ''

  constructor (client: InspectorClient, words: Words) {
    this.#client = client
    this.#words = words
    const { texts } = words
    this.#contextField = labelled('context', this.#context, { label: texts.whatIfContext, optionalMark: texts.optional })
    this.#answersField = labelled('answers', this.#answers, { label: texts.whatIfAnswers, optionalMark: texts.optional })
    const form = h('form', { novalidate: true, class: 'what-if' },
      h('p', { class: 'hint' }, texts.whatIfLead),
      labelled('user', this.#user, { label: texts.whatIfUser, optionalMark: texts.whatIfNobody }),
      this.#verdicts, this.#contextField, this.#answersField,
      h('button', { type: 'submit', class: 'primary' }, texts.whatIfRun))
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.#ask().catch(() => showAlert(this.#alert, [texts.noConnection]))
    })
    this.element = h('div', {}, form, this.#alert, this.#result)
  }

  /** Offers the policies of an explained run. */
  offer (explanation: Json): void {
    const targets = [objectOf(explanation, 'planning'), ...objectsOf(explanation, 'bindings')]
    const policies = targets.flatMap((target) => objectsOf(target, 'policies'))
      .filter((policy) => !['group', 'user'].includes(textOf(policy, 'kind')))
    const names = [...new Set(policies.map((policy) => textOf(policy, 'name')))]
    if (names.join('\n') === this.#shown) return
    this.#shown = names.join('\n')
    this.#verdicts.replaceChildren(...names.map((name) => this.#verdictChoice(name)))
  }

  #verdictChoice (name: string): HTMLElement {
    const { texts } = this.#words
    const id = newId()
    const options = [['', texts.whatIfAsItIs], ['pass', texts.verdictPass], ['fail', texts.verdictFail], ['error', texts.verdictError]] as const
    const select = h('select', { id }, ...options.map(([value, label]) => h('option', { value }, label)))
    select.value = this.#chosen.get(name) ?? ''
    select.addEventListener('change', () => this.#chosen.set(name, select.value))
    return h('div', { class: 'verdict-choice' }, h('label', { for: id }, name), select)
  }

  /** What was typed; undefined where it cannot be read, which is said at the field. */
  #question (): Json | undefined {
    const { texts } = this.#words
    const context = parse(this.#context.value, isJson)
    const answers = parse(this.#answers.value, (value) => Array.isArray(value) && value.every(isJson))
    markField(this.#contextField, context === 'wrong' ? [texts.whatIfBadContext] : [])
    markField(this.#answersField, answers === 'wrong' ? [texts.whatIfBadAnswers] : [])
    if (context === 'wrong' || answers === 'wrong') return undefined
    const user = this.#user.value.trim()
    const verdicts = Object.fromEntries([...this.#chosen].filter(([, verdict]) => verdict !== ''))
    return {
      verdicts,
      ...user === '' ? {} : { user },
      ...context === undefined ? {} : { context: context.value },
      ...answers === undefined ? {} : { answers: answers.value }
    }
  }

  async #ask (): Promise<void> {
    const question = this.#question()
    if (question === undefined) return
    const look = await this.#client.simulate(question)
    showAlert(this.#alert, 'error' in look ? [look.error] : 'missing' in look ? [look.missing] : [])
    this.#result.replaceChildren(...'seen' in look ? [simulationResult(look.seen, this.#words)] : [])
  }
}
