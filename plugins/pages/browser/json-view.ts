import { copyButton } from './copy-button.js'
import { h } from './dom.js'
import type { Json } from './wire.js'
import type { Texts } from './words.js'

/** A body as it was sent, with a button that copies it. */
export function jsonView (body: Json, label: string, texts: Texts): HTMLElement {
  const text = JSON.stringify(body, null, 2)
  return h('div', { class: 'json' }, copyButton(text, texts), h('pre', { tabindex: 0, role: 'region', 'aria-label': label }, text))
}
