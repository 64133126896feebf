import { h } from './dom.js'
import { passwordField } from './field.js'
import { stageForm } from './form.js'
import { link, linkRow } from './links.js'
import { pendingUser } from './pending-user.js'
import type { RenderStage } from './stage-host.js'
import { flagOf, textOf } from './wire.js'

/** The name, for password managers only. */
function unseenUsername (name: string): HTMLInputElement {
  return h('input', {
    type: 'text', autocomplete: 'username', value: name, readonly: true, tabindex: -1, 'aria-hidden': 'true', class: 'unseen'
  })
}

export const renderPassword: RenderStage = (challenge, host) => {
  const { texts } = host
  const field = passwordField('password', {
    label: texts.password, autocomplete: 'current-password', required: true, canShow: flagOf(challenge, 'allow_show_password')
  }, texts)
  field.control.value = host.filledPassword
  host.filledPassword = ''
  return stageForm(host, [field], {
    submitLabel: texts.continue,
    intro: [pendingUser(challenge, host), unseenUsername(textOf(challenge, 'pending_user'))],
    after: [linkRow(link(texts.forgotPassword, textOf(challenge, 'recovery_url')))]
  })
}
