import { h } from './dom.js'
import { link } from './links.js'
import type { StageHost } from './stage-host.js'
import { type Json, objectOf, textOf } from './wire.js'

/** Who is signing in, and the way out for somebody else; null where nobody is known yet. */
export function pendingUser (challenge: Json, host: StageHost): HTMLElement | null {
  const name = textOf(challenge, 'pending_user')
  if (name === '') return null
  const avatar = textOf(challenge, 'pending_user_avatar')
  const cancelUrl = textOf(objectOf(challenge, 'flow_info'), 'cancel_url')
  return h('div', { class: 'pending-user', role: 'group', 'aria-label': host.texts.signedInAs },
    avatar === '' ? null : h('img', { src: avatar, alt: '', width: 36, height: 36 }),
    h('span', { class: 'name' }, name),
    link(host.texts.notYou, cancelUrl))
}
