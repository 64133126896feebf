import { fill } from '../../../lib/fill-text.js'
import { button, h } from './dom.js'
import type { Moment } from './moment.js'
import type { Texts } from './words.js'

/** Goes through the moments of a run, by slider, buttons and arrow keys. */
export class MomentSlider {
  readonly element: HTMLElement
  readonly #texts: Texts
  readonly #input = h('input', { type: 'range', min: 0, max: 0, step: 1 })
  readonly #label = h('output', { class: 'moment' })
  readonly #earlier: HTMLButtonElement
  readonly #later: HTMLButtonElement
  #moments: readonly Moment[] = []
  /** Follows the run until somebody looks back. */
  #followsNow = true

  constructor (texts: Texts, changed: () => void) {
    this.#texts = texts
    this.#input.setAttribute('aria-label', texts.moments)
    const go = (step: number): void => {
      this.#input.valueAsNumber += step
      this.#moved()
      changed()
    }
    this.#earlier = button('‹', () => go(-1), 'step')
    this.#earlier.setAttribute('aria-label', texts.earlier)
    this.#later = button('›', () => go(1), 'step')
    this.#later.setAttribute('aria-label', texts.later)
    this.#input.addEventListener('input', () => {
      this.#moved()
      changed()
    })
    this.element = h('div', { class: 'moments' }, this.#earlier, this.#input, this.#later, this.#label)
  }

  /** The moment that is shown. */
  get moment (): Moment | undefined {
    return this.#moments[this.#input.valueAsNumber]
  }

  /** Takes the moments of the run as it stands now; whoever looked at now goes along. */
  take (moments: readonly Moment[]): void {
    this.#moments = moments
    const last = Math.max(0, moments.length - 1)
    this.#input.max = String(last)
    if (this.#followsNow) this.#input.valueAsNumber = last
    this.#moved()
  }

  #moved (): void {
    const { moment } = this
    const last = this.#moments.length - 1
    this.#followsNow = moment === undefined || moment.index === last
    this.#input.disabled = last < 1
    this.#earlier.setAttribute('aria-disabled', String(moment === undefined || moment.index === 0))
    this.#later.setAttribute('aria-disabled', String(this.#followsNow))
    const text = moment?.stage === undefined
      ? this.#texts.now
      : fill(this.#texts.momentOf, { number: moment.index + 1, count: last, stage: moment.stage })
    this.#label.textContent = text
    this.#input.setAttribute('aria-valuetext', text)
  }
}
