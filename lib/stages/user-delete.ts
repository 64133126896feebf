import { Type, type Static } from '@sinclair/typebox'
import { fixedSubject } from './pending-user.js'
import type { StageKind } from './stage-kind.js'
import { denied, passed } from './stage-result.js'

const options = Type.Object({}, { additionalProperties: false })

/** The options of a user delete stage: there are none. */
export interface UserDeleteOptions extends Static<typeof options> {}

/** Deletes the pending user, or else whoever is signed in. */
export const userDeleteStage = {
  kind: 'user_delete',
  model: 'authentik_stages_user_delete.userdeletestage',
  component: 'ak-stage-user-delete',
  formComponent: 'ak-stage-user-delete-form',
  verboseName: 'User Delete Stage',
  verboseNamePlural: 'User Delete Stages',
  options,

  async enter ({ subject, sessionUser, browser, services, context }) {
    const pk = subject?.pk
    if (pk == null || await services.users.get(pk) === undefined) return denied('No Pending User.')
    // Signed out first: no session is ever left that belongs to nobody.
    if (sessionUser?.pk === pk) await browser.signOut()
    await services.users.delete(pk)
    // A plan that was restored for this user stays fixed to nobody else.
    if (fixedSubject(context) === undefined) delete context.pending_user
    else context.pending_user = null
    delete context.pending_user_identifier
    return passed()
  }
} satisfies StageKind<typeof options>
