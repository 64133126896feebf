import { showAlert } from './alert.js'
import { carryOver } from './carry-over.js'
import { askExecutor, type Outcome } from './client.js'
import { focusFirstError, showErrors } from './field-errors.js'
import type { Page } from './page.js'
import type { StageHost } from './stage-host.js'
import { renderStage } from './stages.js'
import { errorsOf, isJson, type Json, objectOf, textOf } from './wire.js'
import type { Words } from './words.js'

/** Who looks on while the flow is walked. */
export interface Onlooker {
  /** While somebody looks on, redirects wait for a click: the last frame could not be read otherwise. */
  readonly isOpen: boolean
  /** The run may have moved on. */
  refresh (): unknown
}

/** Walks the flow: asks for the challenge, shows it, sends the answer, shows what follows. */
export class Executor {
  readonly #page: Page
  readonly #words: Words
  readonly #onlooker: Onlooker
  readonly #host: StageHost
  #component = ''
  #stepToken = ''
  #busy = false

  constructor (page: Page, words: Words, onlooker: Onlooker) {
    this.#page = page
    this.#words = words
    this.#onlooker = onlooker
    this.#host = {
      ...words,
      compatibilityMode: page.compatibilityMode,
      filledPassword: '',
      deviceClass: '',
      holdsRedirects: () => onlooker.isOpen,
      submit: (answer) => this.#ask(this.#named(answer)),
      reload: () => this.#ask(null)
    }
  }

  /** Asks for the current challenge. Never rejects. */
  load (): Promise<void> {
    return this.#ask(null)
  }

  get #url (): string {
    const { apiPrefix, slug, query } = this.#page
    return `${apiPrefix}/flows/executor/${encodeURIComponent(slug)}/?query=${encodeURIComponent(query)}`
  }

  /** An answer with the step that it is for: what answers another is not executed. */
  #named (answer: Json): Json {
    const token = this.#stepToken === '' ? {} : { step_token: this.#stepToken }
    return { ...answer, ...token, component: this.#component }
  }

  /** One request at a time: what is clicked while one is under way is not sent. */
  async #ask (answer: Json | null): Promise<void> {
    if (this.#busy) return
    this.#setBusy(true)
    const outcome = await askExecutor(this.#url, answer, this.#words)
    this.#setBusy(false)
    if (outcome.kind === 'challenge') this.#show(outcome.challenge, outcome.movedOn)
    else this.#fail(outcome, answer)
    this.#onlooker.refresh()
  }

  /** A button that were disabled would lose the focus, and with it who works by keyboard. */
  #setBusy (busy: boolean): void {
    this.#busy = busy
    const { root, stage } = this.#page
    root.toggleAttribute('data-busy', busy)
    stage.setAttribute('aria-busy', String(busy))
    for (const button of root.querySelectorAll('main button')) button.setAttribute('aria-disabled', String(busy))
  }

  #fail (outcome: Extract<Outcome, { kind: 'failure' }>, answer: Json | null): void {
    const { alert, stage } = this.#page
    const { texts } = this.#words
    if (this.#component === '') stage.replaceChildren()
    const retry = { label: texts.retry, run: () => this.#retry(answer) }
    const restart = { label: texts.startAgain, run: () => this.#ask(null) }
    showAlert(alert, [outcome.message], 'error', answer === null ? [retry] : [retry, restart])
    alert.querySelector('button')?.focus()
  }

  /** With what stands in the form now, which may have been corrected; where there is no form, the same once more. */
  #retry (answer: Json | null): unknown {
    const form = this.#page.stage.querySelector('form')
    return form === null || answer === null ? this.#ask(answer) : form.requestSubmit()
  }

  #show (challenge: Json, movedOn: boolean): void {
    const { stage, alert } = this.#page
    const { texts, say } = this.#words
    const before = this.#component
    const errors = errorsOf(challenge, say)
    this.#component = textOf(challenge, 'component')
    this.#stepToken = textOf(objectOf(challenge, 'flow_info'), 'step_token')
    this.#showFlowInfo(challenge)
    const content = renderStage(challenge, this.#host)
    if (before === this.#component && errors.size > 0) carryOver(stage, content, errors)
    stage.replaceChildren(content)
    const { messages, notes } = showErrors(content, errors)
    showAlert(alert, [...movedOn ? [texts.movedOn] : [], ...notes, ...messages], messages.length > 0 ? 'error' : 'note')
    this.#focus(content, before === '')
  }

  #showFlowInfo (challenge: Json): void {
    if (!isJson(challenge['flow_info'])) return
    const { root, backdrop, title, brand } = this.#page
    const info = objectOf(challenge, 'flow_info')
    const flowTitle = this.#words.say(textOf(info, 'title'))
    const background = textOf(info, 'background')
    if (flowTitle !== '') {
      title.textContent = flowTitle
      document.title = brand === '' ? flowTitle : `${flowTitle} - ${brand}`
    }
    if (background !== '' && backdrop.getAttribute('src') !== background) backdrop.src = background
    root.dataset['layout'] = textOf(info, 'layout') || 'stacked'
  }

  /** On the first error, else on the first thing to fill in, else on the title so that the step is read out. */
  #focus (content: HTMLElement, first: boolean): void {
    if (focusFirstError(content)) return
    const control = content.querySelector<HTMLElement>(
      'input:not([readonly], [type=hidden], [tabindex]), textarea:not([readonly]), select')
    if (control !== null) control.focus()
    else if (!first) this.#page.title.focus()
  }
}
