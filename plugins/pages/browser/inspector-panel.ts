import { button, h } from './dom.js'
import { fill } from '../texts/translate.js'
import type { Place } from './page.js'
import { flagOf, isJson, type Json, objectOf, objectsOf, textOf } from './wire.js'
import type { Texts, Words } from './words.js'

type Answer = { readonly body: Json } | { readonly error: string }

/** The panel that shows the plan of the run as it stands after each step. */
export class Inspector {
  readonly #root: HTMLElement
  readonly #place: Place
  readonly #texts: Texts
  readonly #state = h('p', { class: 'state', role: 'status' })
  readonly #content = h('div')
  #open = true

  constructor (root: HTMLElement, place: Place, words: Words) {
    this.#root = root
    this.#place = place
    this.#texts = words.texts
    this.#build()
  }

  /** While it is open, redirects wait for a click: the last frame could not be read otherwise. */
  get isOpen (): boolean {
    return this.#open
  }

  /** Shows how the run stands now. */
  async refresh (): Promise<void> {
    if (!this.#open) return
    const answer = await this.#ask()
    if ('body' in answer) return this.#show(answer.body)
    this.#state.textContent = answer.error
    this.#content.replaceChildren()
  }

  #build (): void {
    const close = button(this.#texts.close, () => {
      this.#open = false
      this.#root.hidden = true
    })
    this.#root.replaceChildren(
      h('header', {}, h('h2', {}, this.#texts.inspector), close), this.#state, this.#content)
  }

  async #ask (): Promise<Answer> {
    const { apiPrefix, slug } = this.#place
    try {
      const response = await fetch(`${apiPrefix}/flows/inspector/${encodeURIComponent(slug)}/`, {
        headers: { accept: 'application/json' }, credentials: 'same-origin', cache: 'no-store'
      })
      const body: unknown = await response.json()
      if (response.ok && isJson(body)) return { body }
      const detail = isJson(body) ? textOf(body, 'detail') : ''
      return { error: detail || fill(this.#texts.badAnswer, { status: response.status }) }
    } catch {
      return { error: this.#texts.noConnection }
    }
  }

  #show (body: Json): void {
    const texts = this.#texts
    const plans = objectsOf(body, 'plans')
    const plan = objectOf(body, 'current_plan')
    const completed = flagOf(body, 'is_completed')
    this.#state.textContent = completed ? texts.completed : fill(texts.running, { count: plans.length })
    const pre = h('pre', { tabindex: 0, role: 'region', 'aria-label': texts.json }, JSON.stringify(body, null, 2))
    const scroll = this.#content.querySelector('pre')?.scrollTop ?? 0
    this.#content.replaceChildren(
      h('dl', {},
        ...this.#stageRow(completed ? texts.lastStage : texts.currentStage, plan, 'current_stage'),
        ...completed ? [] : this.#stageRow(texts.nextStage, plan, 'next_planned_stage')),
      h('h3', {}, texts.passed),
      this.#passedList(plans),
      h('h3', {}, texts.json),
      pre)
    pre.scrollTop = scroll
  }

  #stageRow (label: string, plan: Json, key: string): HTMLElement[] {
    const stage = objectOf(objectOf(plan, key), 'stage_obj')
    const name = textOf(stage, 'name')
    const kind = h('span', { class: 'kind' }, textOf(stage, 'verbose_name'))
    return [h('dt', {}, label), name === '' ? h('dd', {}, this.#texts.noNext) : h('dd', {}, name, kind)]
  }

  #passedList (plans: readonly Json[]): HTMLElement {
    if (plans.length === 0) return h('p', { class: 'hint' }, this.#texts.nonePassed)
    return h('ol', { class: 'passed' }, ...plans.map((plan) => {
      const stage = objectOf(objectOf(plan, 'current_stage'), 'stage_obj')
      return h('li', {}, textOf(stage, 'name'), h('span', { class: 'kind' }, textOf(stage, 'verbose_name')))
    }))
  }
}
