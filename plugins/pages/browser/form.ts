import { type Child, h } from './dom.js'
import { checkForm, markField } from './field-errors.js'
import type { Field } from './field.js'
import type { StageHost } from './stage-host.js'

export interface FormOptions {
  readonly submitLabel: string
  /** Shown above the fields. */
  readonly intro?: readonly Child[]
  /** Shown below the button. */
  readonly after?: readonly Child[]
}

async function collect (fields: readonly Field[]): Promise<Record<string, unknown>> {
  const entries = await Promise.all(fields.map(async (field): Promise<[string, unknown]> => [field.key, await field.value()]))
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

/** Only a file has a value that cannot be had: it was moved, or may not be read. */
function markFiles (form: HTMLFormElement, message: string): void {
  for (const field of form.querySelectorAll('[data-field]:has([type=file])')) markField(field, [message])
}

/** A form that checks its fields, gathers their values and answers the challenge with them. */
export function stageForm (host: StageHost, fields: readonly Field[], options: FormOptions): HTMLFormElement {
  const form = h('form', { novalidate: true, method: 'post' },
    ...options.intro ?? [],
    ...fields.map((field) => field.node),
    h('button', { type: 'submit', class: 'primary' }, options.submitLabel),
    ...options.after ?? [])
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (!checkForm(form)) return
    collect(fields).then((answer) => host.submit(answer), () => markFiles(form, host.texts.unreadableFile))
  })
  return form
}
