import { h, newId, plainText } from './dom.js'
import { checkboxField, type Control, type Field, groupField, labelled, passwordField } from './field.js'
import { flagOf, type Json, textOf, textsOf } from './wire.js'
import type { Texts, Words } from './words.js'

/** One field of a prompt challenge. */
interface Prompt {
  readonly key: string
  readonly type: string
  readonly label: string
  readonly required: boolean
  readonly placeholder: string
  readonly initial: string
  readonly hint: string
  readonly choices: readonly string[]
  readonly texts: Texts
}

type MakeField = (prompt: Prompt) => Field

/** The languages that can be chosen: the server names none. */
const LOCALES = ['de', 'en', 'es', 'fr', 'it', 'ko', 'nl', 'pl', 'ru', 'tr', 'zh-Hans', 'zh-Hant']

function optionsOf (prompt: Prompt): { label: string, hint: string, optionalMark?: string } {
  const { label, hint, required, texts } = prompt
  return required ? { label, hint } : { label, hint, optionalMark: texts.optional }
}

function fieldOf (prompt: Prompt, control: Control, value: () => unknown): Field {
  return { key: prompt.key, node: labelled(prompt.key, control, optionsOf(prompt)), value }
}

function input (prompt: Prompt, type: string, more: Record<string, string | boolean> = {}): HTMLInputElement {
  const control = h('input', { type, required: prompt.required, placeholder: prompt.placeholder || undefined, ...more })
  control.value = prompt.initial
  return control
}

/** What browsers can fill in, by the keys that such fields usually have. */
const AUTOFILL: ReadonlyMap<string, string> = new Map([
  ['name', 'name'], ['first_name', 'given-name'], ['last_name', 'family-name'], ['email', 'email'], ['phone', 'tel'],
  ['company', 'organization'], ['street', 'street-address'], ['city', 'address-level2'], ['postcode', 'postal-code'],
  ['country', 'country-name']
])

/** A line of text. Where it may be empty, that is sent as ''. */
function line (type: string, more: Record<string, string | boolean> = {}): MakeField {
  return (prompt) => {
    const autofill = AUTOFILL.get(prompt.key)
    const control = input(prompt, type, autofill === undefined ? more : { autocomplete: autofill, ...more })
    return fieldOf(prompt, control, () => control.value)
  }
}

/** A field whose empty value is no value of its type, and so is not sent at all. */
function typed (type: string, initial: (value: string) => string, read: (control: HTMLInputElement) => unknown): MakeField {
  return (prompt) => {
    const control = input({ ...prompt, initial: initial(prompt.initial) }, type)
    return fieldOf(prompt, control, () => control.value === '' ? undefined : read(control))
  }
}

function area (more: Record<string, boolean>): MakeField {
  return (prompt) => {
    const control = h('textarea', { rows: 4, required: prompt.required, placeholder: prompt.placeholder || undefined, ...more })
    control.value = prompt.initial
    return fieldOf(prompt, control, () => control.value)
  }
}

function select (prompt: Prompt, choices: ReadonlyArray<readonly [value: string, label: string]>): Field {
  const control = h('select', { required: prompt.required },
    ...choices.map(([value, label]) => h('option', { value, selected: value === prompt.initial }, label)))
  return fieldOf(prompt, control, () => control.value)
}

const dropdown: MakeField = (prompt) => select(prompt, prompt.choices.map((choice) => [choice, choice]))

const locale: MakeField = (prompt) => {
  const names = new Intl.DisplayNames(undefined, { type: 'language' })
  const languages = LOCALES.map((code): [string, string] => [code, names.of(code) ?? code])
  return select(prompt, prompt.required ? languages : [['', prompt.texts.localeAuto], ...languages])
}

const radios: MakeField = (prompt) => {
  const controls = prompt.choices.map((value) => {
    const control = h('input', { type: 'radio', name: prompt.key, value, required: prompt.required, id: newId() })
    control.checked = value === prompt.initial
    return control
  })
  const rows = controls.map((control) => h('div', { class: 'choice' }, control, h('label', { for: control.id }, control.value)))
  return {
    key: prompt.key,
    node: groupField(prompt.key, prompt.label, prompt.hint, ...rows),
    value: () => controls.find((control) => control.checked)?.value
  }
}

function readFile (file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener('load', () => resolve(String(reader.result)))
    reader.addEventListener('error', () => reject(reader.error ?? new Error(file.name)))
    reader.readAsDataURL(file)
  })
}

const file: MakeField = (prompt) => {
  const control = h('input', { type: 'file', required: prompt.required })
  return fieldOf(prompt, control, () => {
    const chosen = control.files?.[0]
    return chosen === undefined ? undefined : readFile(chosen)
  })
}

const password: MakeField = (prompt) => passwordField(prompt.key, {
  ...optionsOf(prompt),
  autocomplete: 'new-password',
  required: prompt.required,
  canShow: true,
  ...prompt.placeholder === '' ? {} : { placeholder: prompt.placeholder }
}, prompt.texts)

const checkbox: MakeField = (prompt) =>
  checkboxField(prompt.key, prompt.label, prompt.initial.toLowerCase() === 'true', prompt.hint)

const hidden: MakeField = (prompt) =>
  ({ key: prompt.key, node: h('input', { type: 'hidden', name: prompt.key, value: prompt.initial }), value: () => prompt.initial })

/** Something to read, with no value of its own. */
const note: MakeField = (prompt) => ({
  key: prompt.key,
  node: h('div', { class: 'note' },
    prompt.label === '' ? null : h('strong', {}, prompt.label),
    h('p', {}, plainText(prompt.initial)),
    prompt.hint === '' ? null : h('p', { class: 'hint' }, prompt.hint)),
  value: () => undefined
})

const separator: MakeField = (prompt) => ({
  key: prompt.key,
  node: h('div', { class: 'separator', role: 'separator' }, prompt.label === '' ? null : h('span', {}, prompt.label)),
  value: () => undefined
})

const kinds: ReadonlyMap<string, MakeField> = new Map([
  ['text', line('text')],
  ['text_area', area({})],
  ['text_read_only', line('text', { readonly: true })],
  ['text_area_read_only', area({ readonly: true })],
  ['username', line('text', { autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false' })],
  ['email', line('email', { autocomplete: 'email' })],
  ['password', password],
  ['number', typed('number', (value) => value, (control) => control.valueAsNumber)],
  ['checkbox', checkbox],
  ['radio-button-group', radios],
  ['dropdown', dropdown],
  ['date', typed('date', (value) => value.slice(0, 10), (control) => control.value)],
  // The control knows minutes and no zone: seconds and zone of an initial value are cut off.
  ['date-time', typed('datetime-local', (value) => value.replace(' ', 'T').slice(0, 16), (control) => control.value)],
  ['file', file],
  ['separator', separator],
  ['hidden', hidden],
  ['static', note],
  ['ak-locale', locale]
])

/** Makes the field that a prompt describes; a type that is not known is a line of text. */
export function promptField (field: Json, { texts, say }: Words): Field {
  const type = textOf(field, 'type')
  const make = kinds.get(type) ?? line('text')
  return make({
    key: textOf(field, 'field_key'),
    type,
    label: say(textOf(field, 'label')),
    required: flagOf(field, 'required'),
    placeholder: say(textOf(field, 'placeholder')),
    initial: textOf(field, 'initial_value'),
    hint: say(plainText(textOf(field, 'sub_text'))),
    choices: textsOf(field, 'choices'),
    texts
  })
}
