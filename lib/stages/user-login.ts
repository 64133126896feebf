import { Type, type Static } from '@sinclair/typebox'
import { parseDuration } from '../model/duration.js'
import { StringEnum } from '../model/scalars.js'
import type { User } from '../model/user.js'
import { optionError } from './option-error.js'
import type { StageKind, StageOf, StageTurn } from './stage-kind.js'
import { denied, passed, type StageResult } from './stage-result.js'

const options = Type.Object({
  /** How long the sign-in lasts; nothing means for as long as the browser stays open. */
  sessionDuration: Type.String({ default: 'seconds=0' }),
  /** What is added for whoever asks to be remembered; nothing means that nobody is asked. */
  rememberMeOffset: Type.String({ default: 'seconds=0' }),
  terminateOtherSessions: Type.Boolean({ default: false }),
  /** Only `no_binding` can be kept here. */
  networkBinding: StringEnum(
    ['no_binding', 'bind_asn', 'bind_asn_network', 'bind_asn_network_ip'] as const, { default: 'no_binding' }),
  /** Only `no_binding` can be kept here. */
  geoipBinding: StringEnum(
    ['no_binding', 'bind_continent', 'bind_continent_country', 'bind_continent_country_city'] as const,
    { default: 'no_binding' })
}, { additionalProperties: false })

/** The options of a user login stage. */
export interface UserLoginOptions extends Static<typeof options> {}

/** Milliseconds that a sign-in may last: 100 years. */
const LONGEST = 36_525 * 86_400_000

const challengeSchema = Type.Object({})
const answerSchema = Type.Object({ rememberMe: Type.Boolean() })

type Turn = StageTurn<UserLoginOptions>

/** Signs the pending user in. */
export const userLoginStage = {
  kind: 'user_login',
  model: 'authentik_stages_user_login.userloginstage',
  component: 'ak-stage-user-login',
  formComponent: 'ak-stage-user-login-form',
  verboseName: 'User Login Stage',
  verboseNamePlural: 'User Login Stages',
  options,
  challengeSchema,
  answerSchema,
  showsUser: true,
  actsOnEntry: true,

  check (stage) {
    requireDuration(stage, 'sessionDuration')
    requireDuration(stage, 'rememberMeOffset')
    requireDate(stage)
    requireNoBinding(stage, 'networkBinding')
    requireNoBinding(stage, 'geoipBinding')
  },

  async enter (turn) {
    if (await pendingUser(turn) === undefined) return denied()
    return milliseconds(turn.stage.options.rememberMeOffset) > 0 ? undefined : await signIn(turn, false)
  },

  challenge: () => ({}),

  async respond (turn, { rememberMe }) {
    return await signIn(turn, rememberMe)
  }
} satisfies StageKind<typeof options, typeof challengeSchema, typeof answerSchema>

/** The pending user as the store has it now; undefined where there is none, or one that may not sign in. */
async function pendingUser ({ context, services }: Turn): Promise<User | undefined> {
  const pk = context.pending_user?.pk
  const user = pk == null ? undefined : await services.users.get(pk)
  return user?.isActive === true ? user : undefined
}

async function signIn (turn: Turn, rememberMe: boolean): Promise<StageResult> {
  const user = await pendingUser(turn)
  if (user === undefined) return denied()
  const { sessionDuration, rememberMeOffset, terminateOtherSessions } = turn.stage.options
  const duration = milliseconds(sessionDuration) + (rememberMe ? milliseconds(rememberMeOffset) : 0)
  // The session comes last: whatever fails before it leaves nobody signed in.
  await turn.services.reputation.adjust(user.username, turn.http.ip, 1)
  await turn.browser.signIn(user, {
    duration: duration > 0 ? duration : null, terminateOthers: terminateOtherSessions, key: turn.effectKey('sign_in')
  })
  turn.context.pending_user = user
  delete turn.context.pending_user_identifier
  return passed()
}

function milliseconds (duration: string): number {
  return parseDuration(duration) ?? 0
}

function requireDuration (stage: StageOf<UserLoginOptions>, option: 'sessionDuration' | 'rememberMeOffset'): void {
  const duration = parseDuration(stage.options[option])
  if (duration === undefined) {
    throw optionError(stage, option, `${stage.options[option]} is not in the correct format of 'hours=3;minutes=1'.`)
  }
  if (duration < 0) throw optionError(stage, option, `${stage.options[option]} is less than nothing; use seconds=0 or more`)
}

/** A cookie's date has an end. */
function requireDate (stage: StageOf<UserLoginOptions>): void {
  const { sessionDuration, rememberMeOffset } = stage.options
  if (milliseconds(sessionDuration) + milliseconds(rememberMeOffset) <= LONGEST) return
  throw optionError(stage, 'sessionDuration', `${sessionDuration}, with rememberMeOffset ${rememberMeOffset}, is more than 100 years`)
}

function requireNoBinding (stage: StageOf<UserLoginOptions>, option: 'networkBinding' | 'geoipBinding'): void {
  if (stage.options[option] !== 'no_binding') {
    throw optionError(stage, option, `'${stage.options[option]}' cannot be kept by this package; use 'no_binding'`)
  }
}
