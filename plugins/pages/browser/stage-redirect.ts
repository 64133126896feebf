import { button, h } from './dom.js'
import { followable } from './links.js'
import type { RenderStage } from './stage-host.js'
import { textOf } from './wire.js'

export const renderRedirect: RenderStage = (challenge, host) => {
  const { texts } = host
  const to = textOf(challenge, 'to')
  const target = followable(to)
  if (target === null) return h('div', {}, h('p', { class: 'lead' }, texts.badRedirect), h('p', {}, h('code', {}, to)))
  if (!host.holdsRedirects()) {
    location.assign(target)
    return h('p', { class: 'lead quiet' }, texts.redirecting)
  }
  return h('div', { class: 'ending' },
    h('p', { class: 'sign good', 'aria-hidden': 'true' }, '✓'),
    h('p', { class: 'lead' }, texts.redirectHeld),
    h('p', {}, h('code', {}, target.origin === location.origin ? to : target.href)),
    button(texts.follow, () => location.assign(target), 'primary'))
}
