import { stateMark } from '../../../lib/diagram/state-mark.js'
import { codeText } from '../../../lib/explain/code-text.js'
import { h } from './dom.js'
import type { Moment } from './moment.js'
import type { Texts } from './words.js'

/** The picture of a run: shows it at a moment, and lets a stop be chosen. */
export class RunPicture {
  readonly element = h('div', { class: 'picture' })
  readonly #texts: Texts
  readonly #choose: (binding: string) => void
  #source = ''

  constructor (texts: Texts, choose: (binding: string) => void) {
    this.#texts = texts
    this.#choose = choose
  }

  /** Puts another picture in. It is parsed as XML of its own: nothing in it runs, and nothing is loaded. */
  draw (source: string): void {
    if (source === this.#source) return
    this.#source = source
    const chosen = this.element.querySelector('[data-binding]:focus')?.getAttribute('data-binding')
    const drawing = new DOMParser().parseFromString(source, 'image/svg+xml').documentElement
    this.element.replaceChildren(document.importNode(drawing, true))
    for (const stop of this.#stops()) this.#makeButton(stop)
    if (chosen != null) this.#stops().find((stop) => stop.dataset['binding'] === chosen)?.focus()
  }

  /** Shows the run as it was at a moment. */
  show ({ states, at, isNow }: Moment, chosen: string): void {
    const stops = this.#stops()
    const ended = isNow && this.element.querySelector('.end[data-in=true]') !== null
    const lit = ended ? stops.length : stops.findLastIndex(({ dataset }) => /^(passed|current)$/.test(states.get(dataset['binding'] ?? '') ?? ''))
    this.element.classList.toggle('past', !isNow)
    for (const [index, stop] of stops.entries()) {
      const binding = stop.dataset['binding'] ?? ''
      const state = states.get(binding) ?? 'planned'
      Object.assign(stop.dataset, { state, in: index <= lit, out: index < lit })
      this.#write(stop, '.mark', stateMark(state))
      this.#write(stop, '.state', codeText(this.#texts, 'state', state))
      stop.setAttribute('aria-pressed', String(binding === chosen))
      if (binding === at) stop.setAttribute('aria-current', 'step')
      else stop.removeAttribute('aria-current')
    }
  }

  #write (stop: Element, selector: string, text: string): void {
    const place = stop.querySelector(selector)
    if (place !== null) place.textContent = text
  }

  #stops (): SVGElement[] {
    return [...this.element.querySelectorAll<SVGElement>('[data-binding]')]
  }

  #makeButton (stop: SVGElement): void {
    const choose = (): void => this.#choose(stop.dataset['binding'] ?? '')
    stop.setAttribute('role', 'button')
    stop.setAttribute('tabindex', '0')
    stop.addEventListener('click', choose)
    stop.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return
      event.preventDefault()
      choose()
    })
  }
}
