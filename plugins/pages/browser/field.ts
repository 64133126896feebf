import { type Child, h, newId } from './dom.js'
import type { Texts } from './words.js'

export type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement

/** One entry of a form: what is shown, and the value that is sent. */
export interface Field {
  readonly key: string
  readonly node: HTMLElement
  /** The value to send; undefined sends nothing. */
  value (): unknown
}

export interface FieldOptions {
  readonly label: string
  readonly hint?: string
  readonly optionalMark?: string
}

/** The place under a field where its errors go; empty and hidden until there are some. */
export function errorPlace (): HTMLElement {
  return h('p', { class: 'field-error', id: newId(), hidden: true })
}

/** The hint under a control, tied to it for screen readers. */
function hintFor (control: Element, hint: string | undefined): HTMLElement | null {
  if (hint === undefined || hint === '') return null
  const id = newId()
  control.setAttribute('aria-describedby', id)
  control.setAttribute('data-hint', id)
  return h('p', { class: 'hint', id }, hint)
}

/** A label above a control. `inside` stands in the place of the control where it has company. */
export function labelled (key: string, control: Control, options: FieldOptions, inside: Node = control): HTMLElement {
  control.id = newId()
  control.name = key
  const mark = options.optionalMark === undefined ? null : h('span', { class: 'optional' }, ` (${options.optionalMark})`)
  return h('div', { class: 'field', 'data-field': key },
    h('label', { for: control.id }, options.label, mark), inside, hintFor(control, options.hint), errorPlace())
}

/** A checkbox with its label beside it. */
export function checkboxField (key: string, label: string, checked: boolean, hint = ''): Field {
  const control = h('input', { type: 'checkbox', name: key, id: newId() })
  control.checked = checked
  const node = h('div', { class: 'field', 'data-field': key },
    h('div', { class: 'choice' }, control, h('label', { for: control.id }, label)), hintFor(control, hint), errorPlace())
  return { key, node, value: () => control.checked }
}

/** A group of controls under a common legend. */
export function groupField (key: string, legend: string, hint: string, ...children: readonly Child[]): HTMLElement {
  const group = h('fieldset', { class: 'field', 'data-field': key }, h('legend', {}, legend), ...children)
  const place = hintFor(group, hint)
  group.append(...(place === null ? [] : [place]), errorPlace())
  return group
}

/** Says that Caps Lock is on while something is typed into a field: what is typed there cannot be seen. */
function capsLockHint (control: HTMLInputElement, texts: Texts): HTMLElement {
  const hint = h('p', { class: 'hint', role: 'status' })
  const look = (event: Event): void => {
    hint.textContent = event instanceof KeyboardEvent && event.getModifierState('CapsLock') ? texts.capsLock : ''
  }
  for (const type of ['keydown', 'keyup', 'blur']) control.addEventListener(type, look)
  return hint
}

/** A button that shows what was typed into a password field. */
function revealButton (control: HTMLInputElement, texts: Texts): HTMLButtonElement {
  const toggle = h('button', { type: 'button', class: 'reveal', 'aria-pressed': 'false', 'aria-label': texts.showPassword },
    texts.show)
  toggle.addEventListener('click', () => {
    const shown = control.type === 'password'
    control.type = shown ? 'text' : 'password'
    toggle.textContent = shown ? texts.hide : texts.show
    toggle.setAttribute('aria-pressed', String(shown))
  })
  return toggle
}

export interface PasswordOptions extends FieldOptions {
  readonly autocomplete: 'current-password' | 'new-password'
  readonly required: boolean
  readonly canShow: boolean
  readonly placeholder?: string
}

export interface PasswordField extends Field {
  readonly control: HTMLInputElement
}

/** A password field, with a button to show what was typed where that is allowed. */
export function passwordField (key: string, options: PasswordOptions, texts: Texts): PasswordField {
  const control = h('input', {
    type: 'password', autocomplete: options.autocomplete, required: options.required, placeholder: options.placeholder
  })
  control.setAttribute('data-secret', '')
  const inside = options.canShow ? h('div', { class: 'with-button' }, control, revealButton(control, texts)) : control
  const node = labelled(key, control, options, inside)
  inside.after(capsLockHint(control, texts))
  return { key, control, node, value: () => control.value }
}
