import { Type, type Static } from '@sinclair/typebox'
import type { StageKind } from './stage-kind.js'
import { denied } from './stage-result.js'

const options = Type.Object({
  /** What the person reads; blank says `Unknown error`. */
  denyMessage: Type.String({ default: '' })
}, { additionalProperties: false })

/** The options of a deny stage. */
export interface DenyOptions extends Static<typeof options> {}

/** Lets nobody past; a `deny_message` in the context takes the place of the stage's own. */
export const denyStage = {
  kind: 'deny',
  model: 'authentik_stages_deny.denystage',
  component: 'ak-stage-deny',
  formComponent: 'ak-stage-deny-form',
  verboseName: 'Deny Stage',
  verboseNamePlural: 'Deny Stages',
  options,
  enter ({ stage, context }) {
    const message = typeof context.deny_message === 'string' ? context.deny_message : stage.options.denyMessage
    return message === '' ? denied() : denied(message)
  }
} satisfies StageKind<typeof options>
