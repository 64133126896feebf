import { button, h } from './dom.js'
import { pendingUser } from './pending-user.js'
import type { RenderStage } from './stage-host.js'
import { textOf } from './wire.js'

export const renderAccessDenied: RenderStage = (challenge, host) => {
  const { texts } = host
  return h('div', { class: 'ending' },
    pendingUser(challenge, host),
    h('p', { class: 'sign bad', 'aria-hidden': 'true' }, '✕'),
    h('h2', {}, texts.denied),
    h('p', { class: 'lead' }, host.say(textOf(challenge, 'error_message'))),
    button(texts.startAgain, () => host.reload()))
}
