import { authenticatorStaticStage } from './authenticator-static.js'
import { authenticatorTotpStage } from './authenticator-totp.js'
import { authenticatorValidateStage } from './authenticator-validate.js'
import { consentStage } from './consent.js'
import { denyStage } from './deny.js'
import { dummyStage } from './dummy.js'
import { identificationStage } from './identification.js'
import { passwordStage } from './password.js'
import { promptStage } from './prompt.js'
import { redirectStage } from './redirect.js'
import type { StageKind } from './stage-kind.js'
import { userDeleteStage } from './user-delete.js'
import { userLoginStage } from './user-login.js'
import { userLogoutStage } from './user-logout.js'
import { userWriteStage } from './user-write.js'

/** The kinds of stage that the package brings. */
export const builtInStageKinds: readonly StageKind[] = [
  identificationStage,
  passwordStage,
  userLoginStage,
  userLogoutStage,
  userWriteStage,
  userDeleteStage,
  promptStage,
  consentStage,
  denyStage,
  dummyStage,
  authenticatorValidateStage,
  authenticatorTotpStage,
  authenticatorStaticStage,
  redirectStage
]

const BUILT_IN: ReadonlySet<StageKind> = new Set(builtInStageKinds)

/** Whether a kind is one that the package brings, and not one of the host's. */
export function isBuiltIn (kind: StageKind): boolean {
  return BUILT_IN.has(kind)
}
