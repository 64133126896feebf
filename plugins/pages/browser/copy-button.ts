import { button } from './dom.js'
import type { Texts } from './words.js'

/** A button that puts a text on the clipboard and says whether it could. */
export function copyButton (text: string, texts: Texts): HTMLButtonElement {
  const copy = button(texts.copy, () => {
    // Without a secure context there is no clipboard.
    const done: Promise<void> = 'clipboard' in navigator ? navigator.clipboard.writeText(text) : Promise.reject(new Error('clipboard'))
    done.then(() => { copy.textContent = texts.copied }, () => { copy.textContent = texts.copyFailed })
  })
  copy.setAttribute('aria-live', 'polite')
  return copy
}
