import { h } from './dom.js'

/** A part of the inspector that keeps its place, and whether it is open, while what it shows is replaced. */
export class Section {
  readonly element: HTMLElement
  readonly #place = h('div', { class: 'section-body' })

  /** @param isOpen whether it begins unfolded; undefined where it never folds. */
  constructor (name: string, title: string, isOpen?: boolean) {
    this.element = isOpen === undefined
      ? h('section', { class: `section ${name}` }, h('h3', {}, title), this.#place)
      : h('details', { class: `section ${name}`, open: isOpen }, h('summary', {}, h('h3', {}, title)), this.#place)
  }

  show (...content: readonly Node[]): void {
    const scrolled = this.#place.querySelector('pre')?.scrollTop ?? 0
    this.#place.replaceChildren(...content)
    const pre = this.#place.querySelector('pre')
    if (pre !== null) pre.scrollTop = scrolled
  }
}
