import { button, h } from './dom.js'
import { copyButton } from './copy-button.js'
import { stageForm } from './form.js'
import { pendingUser } from './pending-user.js'
import type { RenderStage } from './stage-host.js'
import { textsOf } from './wire.js'

export const renderStaticSetup: RenderStage = (challenge, host) => {
  const { texts } = host
  const codes = textsOf(challenge, 'codes')
  return stageForm(host, [], {
    submitLabel: texts.codesSaved,
    intro: [
      pendingUser(challenge, host),
      h('p', { class: 'lead' }, texts.saveCodes),
      h('ul', { class: 'codes', 'aria-label': texts.staticDevice }, ...codes.map((code) => h('li', {}, h('code', {}, code)))),
      h('div', { class: 'row' }, copyButton(codes.join('\n'), texts), button(texts.print, () => window.print()))
    ]
  })
}
