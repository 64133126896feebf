import { Type, type Static } from '@sinclair/typebox'
import { Sensitive } from '../context/sensitive.js'
import { Nullable, Reference } from '../model/scalars.js'
import { Code } from './code-field.js'
import type { StageKind, StageTurn } from './stage-kind.js'
import { denied, passed, refused } from './stage-result.js'
import { encodeSeed, findStep, SEED_LENGTH, setupLink } from './totp.js'

const options = Type.Object({
  configureFlow: Nullable(Reference('flow'), { default: null }),
  /** The name of the device; without one it is the original's. */
  friendlyName: Nullable(Type.String(), { default: null }),
  /** How long the codes are. Definition files write it as text or as a number. */
  digits: Type.Union([Type.Literal(6), Type.Literal(8), Type.Literal('6'), Type.Literal('8')])
}, { additionalProperties: false })

/** The options of a TOTP set-up stage. */
export interface AuthenticatorTotpOptions extends Static<typeof options> {}

const challengeSchema = Type.Object({ configUrl: Type.String({ sensitive: true }) })
const answerSchema = Type.Object({ code: Code() })

type Turn = StageTurn<AuthenticatorTotpOptions>

/** Sets an authenticator app up; nobody who is not stored has one. */
export const authenticatorTotpStage = {
  kind: 'authenticator_totp',
  model: 'authentik_stages_authenticator_totp.authenticatortotpstage',
  component: 'ak-stage-authenticator-totp',
  formComponent: 'ak-stage-authenticator-totp-form',
  verboseName: 'TOTP Authenticator Setup Stage',
  verboseNamePlural: 'TOTP Authenticator Setup Stages',
  options,
  challengeSchema,
  answerSchema,
  showsUser: true,

  enter ({ subject, scratch, services }) {
    if (subject?.pk == null) return passed()
    scratch.seed = encodeSeed(services.randomBytes(SEED_LENGTH))
    return undefined
  },

  challenge (turn) {
    return { configUrl: setupLink(seedOf(turn), digitsOf(turn), turn.subject?.username ?? '') }
  },

  guess () {
    return {}
  },

  async respond (turn, { code }) {
    const { subject, services, stage } = turn
    if (subject?.pk == null) return denied()
    const seed = new Sensitive(seedOf(turn))
    const digits = digitsOf(turn)
    const step = findStep(seed, digits, code, services.now())
    if (step === undefined) return refused('Code does not match', 'code')
    const name = stage.options.friendlyName ?? 'TOTP Authenticator'
    const device = await services.users.addDevice(subject.pk, { type: 'totp', name, seed, digits, key: turn.effectKey('device.add') })
    // The code that proved the set-up is used up with it.
    await services.users.useTotpStep(subject.pk, device.pk, step, turn.effectKey('code.use'))
    return passed()
  }
} satisfies StageKind<typeof options, typeof challengeSchema, typeof answerSchema>

function digitsOf ({ stage }: Turn): 6 | 8 {
  return Number(stage.options.digits) === 8 ? 8 : 6
}

/** The seed of this run's set-up; without one there is nothing that a code could prove. */
function seedOf ({ scratch }: Turn): string {
  if (typeof scratch.seed !== 'string') throw new TypeError('The set-up of the authenticator has no seed')
  return scratch.seed
}
