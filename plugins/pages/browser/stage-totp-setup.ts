import { h } from './dom.js'
import { copyButton } from './copy-button.js'
import { type Field, labelled } from './field.js'
import { stageForm } from './form.js'
import { pendingUser } from './pending-user.js'
import { drawQrCode } from './qr-drawing.js'
import type { RenderStage, StageHost } from './stage-host.js'
import { textOf } from './wire.js'

function secretOf (configUrl: string): string {
  return URL.canParse(configUrl) ? new URL(configUrl).searchParams.get('secret') ?? '' : ''
}

function qrPlace (configUrl: string, host: StageHost): HTMLElement {
  const place = h('div', { class: 'qr' })
  drawQrCode(configUrl, host.texts.qrLabel).then(
    (drawing) => place.replaceChildren(drawing),
    () => place.replaceChildren(h('p', { class: 'hint' }, host.texts.qrFailed)))
  return place
}

/** A code as a number, as the published API has it: leading zeros mean nothing to it. */
function codeField (host: StageHost): Field {
  const control = h('input', {
    type: 'text', inputmode: 'numeric', autocomplete: 'one-time-code', required: true, pattern: '\\s*(\\d\\s*){6,8}', class: 'code'
  })
  control.addEventListener('input', () => {
    control.setCustomValidity('')
    if (control.validity.patternMismatch) control.setCustomValidity(host.texts.codeInvalid)
  })
  control.setAttribute('data-secret', '')
  return {
    key: 'code',
    node: labelled('code', control, { label: host.texts.code }),
    value: () => Number(control.value.replace(/\s/g, ''))
  }
}

export const renderTotpSetup: RenderStage = (challenge, host) => {
  const { texts } = host
  const configUrl = textOf(challenge, 'config_url')
  const secret = secretOf(configUrl)
  return stageForm(host, [codeField(host)], {
    submitLabel: texts.continue,
    intro: [
      pendingUser(challenge, host),
      h('p', { class: 'lead' }, texts.scan),
      qrPlace(configUrl, host),
      h('div', {}, h('p', { class: 'hint' }, texts.key), h('div', { class: 'secret' }, h('code', {}, secret), copyButton(secret, texts))),
      configUrl.startsWith('otpauth://') ? h('p', { class: 'links' }, h('a', { href: configUrl }, texts.openApp)) : null
    ]
  })
}
