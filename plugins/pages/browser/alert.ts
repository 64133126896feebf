import { button, h } from './dom.js'

export interface AlertAction {
  readonly label: string
  run (): unknown
}

/** Shows messages in the page's alert region, which screen readers read out; with none, empties it. */
export function showAlert (
  region: HTMLElement, messages: readonly string[], kind: 'error' | 'note' = 'error', actions: readonly AlertAction[] = []
): void {
  const shown = messages.filter((message) => message !== '')
  if (shown.length === 0) return region.replaceChildren()
  const buttons = actions.map((action) => button(action.label, () => action.run()))
  region.replaceChildren(h('div', { class: `alert ${kind}` },
    ...shown.map((message) => h('p', {}, message)),
    buttons.length === 0 ? null : h('div', { class: 'row' }, ...buttons)))
}
