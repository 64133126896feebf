import { Type, type Static } from '@sinclair/typebox'
import type { StageKind } from './stage-kind.js'
import { passed } from './stage-result.js'

const options = Type.Object({}, { additionalProperties: false })

/** The options of a user logout stage: there are none. */
export interface UserLogoutOptions extends Static<typeof options> {}

/** Signs whoever is signed in out. */
export const userLogoutStage = {
  kind: 'user_logout',
  model: 'authentik_stages_user_logout.userlogoutstage',
  component: 'ak-stage-user-logout',
  formComponent: 'ak-stage-user-logout-form',
  verboseName: 'User Logout Stage',
  verboseNamePlural: 'User Logout Stages',
  options,

  async enter ({ browser }) {
    await browser.signOut()
    return passed()
  }
} satisfies StageKind<typeof options>
