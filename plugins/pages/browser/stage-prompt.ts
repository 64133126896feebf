import { stageForm } from './form.js'
import { promptField } from './prompt-field.js'
import type { RenderStage } from './stage-host.js'
import { objectsOf } from './wire.js'

export const renderPrompt: RenderStage = (challenge, host) =>
  stageForm(host, objectsOf(challenge, 'fields').map((field) => promptField(field, host)), {
    submitLabel: host.texts.continue
  })
