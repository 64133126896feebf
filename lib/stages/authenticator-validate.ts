import { Type, type Static } from '@sinclair/typebox'
import type { Sensitive } from '../context/sensitive.js'
import { parseDuration } from '../model/duration.js'
import { Nullable, Reference, StringEnum } from '../model/scalars.js'
import type { Device } from '../users/user-store.js'
import { countAttempt } from './attempts.js'
import { recordDevice } from './auth-method.js'
import { Code } from './code-field.js'
import { redeemCode } from './device-code.js'
import { optionError } from './option-error.js'
import { SelectableStageSchema, selectableStage } from './selectable-stage.js'
import type { StageKind, StageTurn } from './stage-kind.js'
import { denied, passed, refused, refusedFinally, type StageResult } from './stage-result.js'

/** How many wrong codes one run takes; the last of them ends it. */
const MAX_ATTEMPTS = 10

const DEVICE_CLASSES = ['static', 'totp', 'webauthn', 'duo', 'sms'] as const

const NOT_CONFIGURED = 'No (allowed) MFA authenticator configured.'
const NO_DEVICE_CLASS = 'No compatible device class allowed'

const options = Type.Object({
  /** What happens to somebody who has no device of an allowed class. */
  notConfiguredAction: StringEnum(['skip', 'deny', 'configure'] as const, { default: 'skip' }),
  /** The set-up stages that `configure` offers. */
  configurationStages: Type.Array(Reference('stage'), { default: [] }),
  /** Accepted as in the original; only `static` and `totp` exist here, so at least one of the two must be there. */
  deviceClasses: Type.Array(StringEnum(DEVICE_CLASSES), { default: [...DEVICE_CLASSES] }),
  /** Only nothing (`seconds=0`) can be kept here: each run asks. */
  lastAuthThreshold: Type.String({ default: 'seconds=0' }),
  webauthnUserVerification: StringEnum(['required', 'preferred', 'discouraged'] as const, { default: 'preferred' }),
  webauthnAllowedDeviceTypes: Type.Array(Type.String(), { default: [] })
}, { additionalProperties: false })

/** The options of an authenticator validation stage. */
export interface AuthenticatorValidateOptions extends Static<typeof options> {}

const challengeSchema = Type.Object({
  deviceChallenges: Type.Array(Type.Object({
    deviceClass: Type.String(),
    deviceUid: Type.String(),
    challenge: Type.Object({}),
    lastUsed: Nullable(Type.String())
  })),
  configurationStages: Type.Array(SelectableStageSchema)
})

const answerSchema = Type.Object({
  code: Type.Optional(Code()),
  webauthn: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  duo: Type.Optional(Type.Integer()),
  selectedChallenge: Type.Optional(Type.Object({ deviceClass: Type.String(), deviceUid: Type.String() })),
  selectedStage: Type.Optional(Type.String())
})

type Turn = StageTurn<AuthenticatorValidateOptions>
type Answer = Static<typeof answerSchema>

/** Asks for a second factor. */
export const authenticatorValidateStage = {
  kind: 'authenticator_validate',
  model: 'authentik_stages_authenticator_validate.authenticatorvalidatestage',
  component: 'ak-stage-authenticator-validate',
  formComponent: 'ak-stage-authenticator-validate-form',
  verboseName: 'Authenticator Validation Stage',
  verboseNamePlural: 'Authenticator Validation Stages',
  options,
  challengeSchema,
  answerSchema,
  showsUser: true,

  check (stage) {
    const { notConfiguredAction, configurationStages, deviceClasses, lastAuthThreshold } = stage.options
    if (notConfiguredAction === 'configure' && configurationStages.length === 0) {
      throw optionError(stage, 'configurationStages',
        'When "Not configured action" is set to "Configure", you must set a configuration stage.')
    }
    if (!deviceClasses.includes('static') && !deviceClasses.includes('totp')) {
      throw optionError(stage, 'deviceClasses', "must hold 'totp' or 'static', the classes that this package has devices of")
    }
    if (parseDuration(lastAuthThreshold) !== 0) {
      throw optionError(stage, 'lastAuthThreshold', `'${lastAuthThreshold}' cannot be kept by this package; use 'seconds=0'`)
    }
  },

  async enter (turn) {
    // Nobody at all is not somebody without a device: a flow that lost its subject on the way is not let through.
    if (turn.subject === null) return denied(NOT_CONFIGURED)
    if ((await allowedDevices(turn)).length > 0) return undefined
    return withoutDevice(turn)
  },

  async challenge (turn) {
    const devices = await allowedDevices(turn)
    return {
      deviceChallenges: onePerClass(devices).map(({ type, pk, lastUsed }) =>
        ({ deviceClass: type, deviceUid: pk, challenge: {}, lastUsed })),
      configurationStages: devices.length > 0 ? [] : configurationChoices(turn)
    }
  },

  guess (_turn, { code }) {
    return code === undefined ? undefined : {}
  },

  async respond (turn, answer) {
    const devices = await allowedDevices(turn)
    if (answer.code !== undefined) return await judgeCode(turn, devices, answer.code)
    return devices.length === 0 ? chooseSetup(turn, answer) : refuseOther(devices, answer)
  }
} satisfies StageKind<typeof options, typeof challengeSchema, typeof answerSchema>

/** The subject's confirmed devices of the classes that the stage allows. */
async function allowedDevices ({ subject, stage, services }: Turn): Promise<readonly Device[]> {
  if (subject?.pk == null) return []
  const devices = await services.users.devices(subject.pk)
  return devices.filter((device) => device.confirmed && stage.options.deviceClasses.includes(device.type))
}

/** The first device of each class: the challenge names a class, and a code is tried on all of its devices. */
function onePerClass (devices: readonly Device[]): readonly Device[] {
  return devices.filter((device, index) => devices.findIndex((other) => other.type === device.type) === index)
}

function withoutDevice ({ stage, plan }: Turn): StageResult | undefined {
  const { notConfiguredAction, configurationStages } = stage.options
  if (notConfiguredAction === 'skip') return passed()
  if (notConfiguredAction === 'deny') return denied(NOT_CONFIGURED)
  const [only, ...others] = configurationStages
  if (only === undefined) return denied(NOT_CONFIGURED)
  if (others.length > 0) return undefined
  plan.insertStage(only)
  return passed()
}

function configurationChoices ({ stage, definitions, services }: Turn): Array<Static<typeof SelectableStageSchema>> {
  return stage.options.configurationStages.flatMap((pk) => {
    const choice = definitions.stage(pk)
    return choice === undefined ? [] : [selectableStage(choice, services.registry.kinds.stageKinds.get(choice.kind))]
  })
}

async function judgeCode (turn: Turn, devices: readonly Device[], code: Sensitive): Promise<StageResult> {
  const { subject } = turn
  if (subject?.pk == null || devices.length === 0) return refused(NO_DEVICE_CLASS, 'code')
  // Counted before the check, so that no way out of it leaves an attempt uncounted.
  const attempts = countAttempt(turn.scratch)
  const device = await redeemCode(turn.services, subject.pk, devices, code, turn.effectKey('code.use'))
  if (device !== undefined) {
    recordDevice(turn.context, device)
    return passed()
  }
  await turn.services.reputation.adjust(subject.username, turn.http.ip, -1)
  const refuse = attempts >= MAX_ATTEMPTS ? refusedFinally : refused
  return refuse('Invalid Token. Please ensure the time on your device is accurate and try again.', 'code')
}

/** Goes on with the set-up stage that was chosen, which only somebody without a device gets to do. */
function chooseSetup ({ stage, plan }: Turn, { selectedStage }: Answer): StageResult {
  const { notConfiguredAction, configurationStages } = stage.options
  if (selectedStage === undefined) return refused('Empty response')
  if (notConfiguredAction !== 'configure' || !configurationStages.includes(selectedStage)) {
    return refused('Selected stage is invalid', 'selectedStage')
  }
  plan.insertStage(selectedStage)
  return passed()
}

/** Answers that hold no code never pass; choosing a challenge only tells which device will be used. */
function refuseOther (devices: readonly Device[], { webauthn, duo, selectedChallenge }: Answer): StageResult {
  if (webauthn !== undefined) return refused(NO_DEVICE_CLASS, 'webauthn')
  if (duo !== undefined) return refused(NO_DEVICE_CLASS, 'duo')
  const isOffered = selectedChallenge === undefined || onePerClass(devices).some((device) =>
    device.type === selectedChallenge.deviceClass && device.pk === selectedChallenge.deviceUid)
  return isOffered ? refused('Empty response') : refused('invalid challenge selected', 'selectedChallenge')
}
