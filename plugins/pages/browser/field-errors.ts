import type { FieldError, FieldErrors } from './wire.js'

const CONTROLS = 'input, select, textarea'

/** The controls of a field; of a group, the group as a whole carries the description. */
function describedBy (field: Element): Element[] {
  return field.matches('fieldset') ? [field] : [...field.querySelectorAll(CONTROLS)]
}

function describe (field: Element, errorId: string | null): void {
  for (const element of describedBy(field)) {
    const ids = [errorId, element.getAttribute('data-hint')].filter((id) => id !== null)
    if (ids.length > 0) element.setAttribute('aria-describedby', ids.join(' '))
    else element.removeAttribute('aria-describedby')
  }
}

/** Shows what is wrong with one field; with no message, that nothing is. */
export function markField (field: Element, messages: readonly string[]): void {
  const place = field.querySelector<HTMLElement>('.field-error')
  if (place === null) return
  const wrong = messages.length > 0
  place.textContent = messages.join(' ')
  place.hidden = !wrong
  for (const control of field.querySelectorAll(CONTROLS)) {
    if (wrong) control.setAttribute('aria-invalid', 'true')
    else control.removeAttribute('aria-invalid')
  }
  describe(field, wrong ? place.id : null)
}

/** What belongs to no field: what was wrong, and what is only to be known. */
export interface GeneralMessages {
  readonly messages: readonly string[]
  readonly notes: readonly string[]
}

/** Shows errors at their fields and returns the messages that belong to none of them. */
export function showErrors (root: Element, errors: FieldErrors): GeneralMessages {
  const left: FieldError[] = []
  for (const [key, wrong] of errors) {
    const field = root.querySelector(`[data-field="${CSS.escape(key)}"]`)
    if (field === null) left.push(...wrong)
    else markField(field, wrong.map(({ message }) => message))
  }
  // That a run has started again is nobody's mistake.
  const isNote = ({ code }: FieldError): boolean => code === 'restarted'
  return {
    messages: left.filter((error) => !isNote(error)).map(({ message }) => message),
    notes: left.filter(isNote).map(({ message }) => message)
  }
}

/** Puts the focus on the first wrong field. Returns whether there was one. */
export function focusFirstError (root: Element): boolean {
  const control = root.querySelector<HTMLElement>('[aria-invalid]')
  control?.focus()
  return control !== null
}

function invalidControls (field: Element): Array<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement> {
  return [...field.querySelectorAll<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>(CONTROLS)]
    .filter((control) => !control.checkValidity())
}

/** Lets the browser check the form, and shows what it says at the fields. Returns whether all is well. */
export function checkForm (form: HTMLFormElement): boolean {
  for (const field of form.querySelectorAll('[data-field]')) {
    markField(field, invalidControls(field).slice(0, 1).map((control) => control.validationMessage))
  }
  return !focusFirstError(form)
}
