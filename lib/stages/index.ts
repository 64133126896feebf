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
