import { h } from './dom.js'
import { type Field, labelled, passwordField } from './field.js'
import { stageForm } from './form.js'
import { link, linkRow } from './links.js'
import type { RenderStage, StageHost } from './stage-host.js'
import { fill } from '../../../lib/fill-text.js'
import type { Texts } from './words.js'
import { flagOf, type Json, textOf, textsOf } from './wire.js'

/** "Email address or username", in the order of the stage. */
function uidLabel (fields: readonly string[], texts: Texts): string {
  const names: ReadonlyMap<string, string> = new Map([
    ['username', texts.usernameLabel], ['email', texts.emailLabel], ['upn', texts.upnLabel]
  ])
  const known = fields.map((field) => names.get(field)).filter((name) => name !== undefined)
  const label = known.length === 0 ? texts.usernameLabel : known.reduce((first, second) => fill(texts.or, { first, second }))
  return label.charAt(0).toUpperCase() + label.slice(1)
}

function uidField (challenge: Json, texts: Texts): Field {
  const fields = textsOf(challenge, 'user_fields')
  const control = h('input', {
    type: 'text',
    autocomplete: 'username',
    autocapitalize: 'none',
    spellcheck: 'false',
    required: true,
    inputmode: fields.length === 1 && fields[0] === 'email' ? 'email' : undefined
  })
  return { key: 'uid_field', node: labelled('uid_field', control, { label: uidLabel(fields, texts) }), value: () => control.value }
}

/** A field that people do not see, for password managers that fill in name and password only together. */
function unseenPassword (host: StageHost): HTMLElement {
  const control = h('input', {
    type: 'password', autocomplete: 'current-password', tabindex: -1, 'aria-hidden': 'true', class: 'unseen'
  })
  control.addEventListener('input', () => { host.filledPassword = control.value })
  return control
}

export const renderIdentification: RenderStage = (challenge, host) => {
  const { texts } = host
  const application = textOf(challenge, 'application_pre')
  const withPassword = flagOf(challenge, 'password_fields')
  const password = passwordField('password', {
    label: texts.password, autocomplete: 'current-password', required: true, canShow: flagOf(challenge, 'allow_show_password')
  }, texts)
  return stageForm(host, withPassword ? [uidField(challenge, texts), password] : [uidField(challenge, texts)], {
    submitLabel: host.say(textOf(challenge, 'primary_action')) || texts.continue,
    intro: [application === '' ? null : h('p', { class: 'lead' }, fill(texts.signInTo, { application }))],
    after: [
      host.compatibilityMode && !withPassword ? unseenPassword(host) : null,
      linkRow(
        link(texts.passwordless, textOf(challenge, 'passwordless_url')),
        link(texts.enroll, textOf(challenge, 'enroll_url')),
        link(texts.recover, textOf(challenge, 'recovery_url')))
    ]
  })
}
