import { h } from './dom.js'
import { stageForm } from './form.js'
import { link, linkRow } from './links.js'
import { pendingUser } from './pending-user.js'
import type { RenderStage } from './stage-host.js'
import { type Json, objectOf, objectsOf, textOf } from './wire.js'

function permissionList (heading: string, permissions: readonly Json[], say: (text: string) => string): HTMLElement | null {
  if (permissions.length === 0) return null
  const items = permissions.map((permission) => h('li', {}, say(textOf(permission, 'name')) || textOf(permission, 'id')))
  return h('div', {}, h('p', { class: 'hint' }, heading), h('ul', { class: 'permissions' }, ...items))
}

export const renderConsent: RenderStage = (challenge, host) => {
  const { texts } = host
  const permissions = objectsOf(challenge, 'permissions')
  const additional = objectsOf(challenge, 'additional_permissions')
  return stageForm(host, [{ key: 'token', node: h('span'), value: () => textOf(challenge, 'token') }], {
    submitLabel: texts.allow,
    intro: [
      pendingUser(challenge, host),
      h('p', { class: 'lead' }, host.say(textOf(challenge, 'header_text'))),
      permissionList(additional.length === 0 ? texts.permissions : texts.granted, permissions, host.say),
      permissionList(permissions.length === 0 ? texts.permissions : texts.additional, additional, host.say)
    ],
    after: [linkRow(link(texts.decline, textOf(objectOf(challenge, 'flow_info'), 'cancel_url')))]
  })
}
