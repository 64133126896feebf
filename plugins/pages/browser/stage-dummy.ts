import { h } from './dom.js'
import { stageForm } from './form.js'
import type { RenderStage } from './stage-host.js'
import { fill } from '../../../lib/fill-text.js'
import { textOf } from './wire.js'

export const renderDummy: RenderStage = (challenge, host) => {
  const name = textOf(challenge, 'name')
  return stageForm(host, [], {
    submitLabel: host.texts.continue,
    intro: [name === '' ? null : h('p', { class: 'lead' }, fill(host.texts.dummyStage, { name }))]
  })
}
