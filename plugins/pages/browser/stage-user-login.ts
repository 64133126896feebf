import { button, h } from './dom.js'
import { pendingUser } from './pending-user.js'
import type { RenderStage } from './stage-host.js'

export const renderUserLogin: RenderStage = (challenge, host) => {
  const { texts } = host
  return h('div', {},
    pendingUser(challenge, host),
    h('p', { class: 'lead' }, texts.stayQuestion),
    h('p', { class: 'hint' }, texts.stayHint),
    h('div', { class: 'row' },
      button(texts.yes, () => host.submit({ remember_me: true }), 'primary'),
      button(texts.no, () => host.submit({ remember_me: false }))))
}
