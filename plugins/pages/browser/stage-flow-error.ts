import { button, h } from './dom.js'
import type { RenderStage } from './stage-host.js'
import { textOf } from './wire.js'

export const renderFlowError: RenderStage = (challenge, host) => {
  const { texts } = host
  return h('div', { class: 'ending' },
    h('p', { class: 'sign bad', 'aria-hidden': 'true' }, '!'),
    h('h2', {}, texts.fault),
    h('p', { class: 'lead' }, texts.faultHint),
    h('p', { class: 'hint' }, `${texts.requestId} `, h('code', {}, textOf(challenge, 'request_id'))),
    button(texts.retry, () => host.reload()))
}
