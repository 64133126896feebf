import { Type, type Static } from '@sinclair/typebox'
import { Sensitive } from '../context/sensitive.js'
import { Nullable, Reference } from '../model/scalars.js'
import type { StageKind } from './stage-kind.js'
import { denied, passed } from './stage-result.js'
import { makeStaticCodes } from './static-codes.js'

const options = Type.Object({
  configureFlow: Nullable(Reference('flow'), { default: null }),
  /** The name of the device; without one it is the original's. */
  friendlyName: Nullable(Type.String(), { default: null }),
  /** How many codes are given out. */
  tokenCount: Type.Integer({ default: 6, minimum: 1, maximum: 100 }),
  /** How many characters a code has. */
  tokenLength: Type.Integer({ default: 12, minimum: 1, maximum: 100 })
}, { additionalProperties: false })

/** The options of a static set-up stage. */
export interface AuthenticatorStaticOptions extends Static<typeof options> {}

const challengeSchema = Type.Object({ codes: Type.Array(Type.String(), { sensitive: true }) })
const answerSchema = Type.Object({})

/** Gives single-use codes out; nobody who is not stored gets any. */
export const authenticatorStaticStage = {
  kind: 'authenticator_static',
  model: 'authentik_stages_authenticator_static.authenticatorstaticstage',
  component: 'ak-stage-authenticator-static',
  formComponent: 'ak-stage-authenticator-static-form',
  verboseName: 'Static Authenticator Setup Stage',
  verboseNamePlural: 'Static Authenticator Setup Stages',
  options,
  challengeSchema,
  answerSchema,
  showsUser: true,

  enter ({ subject, scratch, stage, services }) {
    if (subject?.pk == null) return passed()
    const { tokenCount, tokenLength } = stage.options
    scratch.codes = makeStaticCodes(tokenCount, tokenLength, services.randomBytes)
    return undefined
  },

  challenge: ({ scratch }) => ({ codes: codesOf(scratch) }),

  async respond ({ subject, scratch, stage, services, effectKey }) {
    const codes = codesOf(scratch)
    if (subject?.pk == null || codes.length === 0) return denied()
    const name = stage.options.friendlyName ?? 'Static Token'
    const tokens = codes.map((code) => new Sensitive(code))
    await services.users.addDevice(subject.pk, { type: 'static', name, tokens, key: effectKey('device.add') })
    return passed()
  }
} satisfies StageKind<typeof options, typeof challengeSchema, typeof answerSchema>

function codesOf ({ codes }: Record<string, unknown>): string[] {
  return Array.isArray(codes) ? codes.filter((code) => typeof code === 'string') : []
}
