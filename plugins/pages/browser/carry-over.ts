import type { FieldErrors } from './wire.js'

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement

function controlsOf (root: Element): Control[] {
  return [...root.querySelectorAll<Control>('input[name], select[name], textarea[name]')]
}

/** A secret is typed again where it, or the answer as a whole, was refused. */
function mayKeep (control: Control, errors: FieldErrors): boolean {
  if (control.hasAttribute('readonly') || control.type === 'hidden') return false
  return !control.hasAttribute('data-secret') || !(errors.has(control.name) || errors.has('non_field_errors'))
}

function isTick (control: Control): control is HTMLInputElement {
  return control instanceof HTMLInputElement && (control.type === 'checkbox' || control.type === 'radio')
}

function copyValue (from: Control, to: Control): void {
  if (isTick(from) && isTick(to)) to.checked = from.checked
  else if (from instanceof HTMLInputElement && to instanceof HTMLInputElement && from.type === 'file') to.files = from.files
  else to.value = from.value
}

/** Takes what was typed from a form to the one that replaces it after an answer was refused. */
export function carryOver (from: Element, to: Element, errors: FieldErrors): void {
  const old = controlsOf(from)
  for (const control of controlsOf(to)) {
    const match = old.find((other) => other.name === control.name && (!isTick(other) || other.value === control.value))
    if (match !== undefined && mayKeep(control, errors)) copyValue(match, control)
  }
}
