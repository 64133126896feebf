import { h } from './dom.js'
import { type Json, objectsOf, textOf } from './wire.js'
import type { Words } from './words.js'

/** What happened in a run, and when. */
export function timeline (explanation: Json, { say }: Words): HTMLElement {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, {
    hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3
  })
  return h('ol', { class: 'timeline' }, ...objectsOf(explanation, 'timeline').map((event) => {
    const at = textOf(event, 'at')
    return h('li', { 'data-event': textOf(event, 'event') },
      h('time', { datetime: at }, format.format(new Date(at))), ' ',
      h('span', {}, say(textOf(event, 'text'))),
      ...objectsOf(event, 'faults').map((fault) => h('p', { class: 'message' }, say(textOf(fault, 'string')))))
  }))
}
