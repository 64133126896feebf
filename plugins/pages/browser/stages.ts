import { renderAccessDenied } from './stage-access-denied.js'
import { renderConsent } from './stage-consent.js'
import { renderDummy } from './stage-dummy.js'
import { renderFlowError } from './stage-flow-error.js'
import { renderIdentification } from './stage-identification.js'
import { renderPassword } from './stage-password.js'
import { renderPrompt } from './stage-prompt.js'
import { renderRedirect } from './stage-redirect.js'
import { renderStaticSetup } from './stage-static-setup.js'
import { renderTotpSetup } from './stage-totp-setup.js'
import { renderUserLogin } from './stage-user-login.js'
import { renderValidate } from './stage-validate.js'
import { h } from './dom.js'
import type { RenderStage, StageHost } from './stage-host.js'
import { fill } from '../../../lib/fill-text.js'
import { type Json, textOf } from './wire.js'

/** Which component is shown by what. */
const renderers: ReadonlyMap<string, RenderStage> = new Map([
  ['ak-stage-identification', renderIdentification],
  ['ak-stage-password', renderPassword],
  ['ak-stage-prompt', renderPrompt],
  ['ak-stage-user-login', renderUserLogin],
  ['ak-stage-consent', renderConsent],
  ['ak-stage-dummy', renderDummy],
  ['ak-stage-authenticator-validate', renderValidate],
  ['ak-stage-authenticator-totp', renderTotpSetup],
  ['ak-stage-authenticator-static', renderStaticSetup],
  ['ak-stage-access-denied', renderAccessDenied],
  ['ak-stage-flow-error', renderFlowError],
  ['xak-flow-redirect', renderRedirect]
])

const renderUnknown: RenderStage = (challenge, host) =>
  h('p', { class: 'lead' }, fill(host.texts.unknownComponent, { component: textOf(challenge, 'component') }))

/** Shows a challenge, whatever its component. */
export function renderStage (challenge: Json, host: StageHost): HTMLElement {
  const render = renderers.get(textOf(challenge, 'component')) ?? renderUnknown
  return render(challenge, host)
}
