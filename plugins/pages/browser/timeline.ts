import { eventText } from '../../../lib/explain/event-text.js'
import { h } from './dom.js'
import { eventFacts } from './explain-facts.js'
import { type Json, objectsOf, textOf } from './wire.js'
import type { Words } from './words.js'

/** What happened in a run, and when. */
export function timeline (explanation: Json, words: Words): HTMLElement {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, {
    hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3
  })
  return h('ol', { class: 'timeline' }, ...objectsOf(explanation, 'timeline').map((event) => {
    const at = textOf(event, 'at')
    return h('li', { 'data-event': textOf(event, 'event') },
      h('time', { datetime: at }, format.format(new Date(at))), ' ',
      h('span', {}, eventText(eventFacts(event), words)))
  }))
}
