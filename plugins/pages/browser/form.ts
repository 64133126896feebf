import { type Child, h } from './dom.js'
import { checkForm } from './field-errors.js'
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

/** A form that checks its fields, gathers their values and answers the challenge with them. */
export function stageForm (host: StageHost, fields: readonly Field[], options: FormOptions): HTMLFormElement {
  const form = h('form', { novalidate: true, method: 'post' },
    ...options.intro ?? [],
    ...fields.map((field) => field.node),
    h('button', { type: 'submit', class: 'primary' }, options.submitLabel),
    ...options.after ?? [])
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    return checkForm(form) ? collect(fields).then((answer) => host.submit(answer)) : undefined
  })
  return form
}
