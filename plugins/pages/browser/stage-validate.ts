import { button, h } from './dom.js'
import { type Field, labelled } from './field.js'
import { stageForm } from './form.js'
import { pendingUser } from './pending-user.js'
import type { RenderStage, StageHost } from './stage-host.js'
import type { Texts } from './words.js'
import { type Json, objectsOf, textOf } from './wire.js'

/** How a class of devices is asked for its code. */
interface DeviceClass {
  readonly key: string
  readonly name: string
  readonly label: string
  readonly hint: string
  readonly inputMode: 'numeric' | 'text'
}

function deviceClasses (texts: Texts): DeviceClass[] {
  return [
    { key: 'totp', name: texts.totpDevice, label: texts.authenticatorCode, hint: texts.totpHint, inputMode: 'numeric' },
    { key: 'static', name: texts.staticDevice, label: texts.staticCode, hint: texts.staticHint, inputMode: 'text' }
  ]
}

/** The classes on offer that this page knows, each once, the authenticator app first. */
function offeredClasses (challenge: Json, texts: Texts): DeviceClass[] {
  const offered = new Set(objectsOf(challenge, 'device_challenges').map((device) => textOf(device, 'device_class')))
  return deviceClasses(texts).filter(({ key }) => offered.has(key))
}

function codeField (deviceClass: DeviceClass): Field {
  const control = h('input', {
    type: 'text',
    autocomplete: 'one-time-code',
    inputmode: deviceClass.inputMode,
    autocapitalize: 'none',
    spellcheck: 'false',
    required: true,
    class: 'code',
    'data-secret': true
  })
  const node = labelled('code', control, { label: deviceClass.label, hint: deviceClass.hint })
  return { key: 'code', node, value: () => control.value.replace(/\s/g, '') }
}

function deviceChoice (classes: readonly DeviceClass[], texts: Texts, choose: (chosen: DeviceClass) => void): HTMLElement {
  return h('div', { class: 'stack' },
    h('p', { class: 'lead' }, texts.chooseDevice),
    ...classes.map((item) => button(item.name, () => choose(item))))
}

/** The code of one class of devices, with the way to the others. */
function codeForm (place: HTMLElement, chosen: DeviceClass, classes: readonly DeviceClass[], host: StageHost): HTMLElement {
  const choose = (next: DeviceClass): void => {
    host.deviceClass = next.key
    place.replaceChildren(codeForm(place, next, classes, host))
    place.querySelector('input')?.focus()
  }
  const other = button(host.texts.otherMethod, () => {
    place.replaceChildren(deviceChoice(classes, host.texts, choose))
    place.querySelector('button')?.focus()
  }, 'plain')
  return stageForm(host, [codeField(chosen)], {
    submitLabel: host.texts.continue,
    after: [classes.length > 1 ? h('p', { class: 'links' }, other) : null]
  })
}

function stageChoice (stages: readonly Json[], host: StageHost): HTMLElement {
  const buttons = stages.map((stage) => button(
    host.say(textOf(stage, 'verbose_name')) || textOf(stage, 'name'), () => host.submit({ selected_stage: textOf(stage, 'pk') })))
  return h('div', { class: 'stack' }, h('p', { class: 'lead' }, host.texts.chooseStage), ...buttons)
}

export const renderValidate: RenderStage = (challenge, host) => {
  const classes = offeredClasses(challenge, host.texts)
  const stages = objectsOf(challenge, 'configuration_stages')
  const place = h('div')
  const first = classes.find(({ key }) => key === host.deviceClass) ?? classes[0]
  if (first !== undefined) place.append(codeForm(place, first, classes, host))
  else if (stages.length > 0) place.append(stageChoice(stages, host))
  else place.append(h('p', { class: 'lead' }, host.texts.noDevice))
  return h('div', {}, pendingUser(challenge, host), place)
}
