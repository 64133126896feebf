import { Type, type Static } from '@sinclair/typebox'
import type { PlanContext } from '../context/plan-context.js'
import { Sensitive } from '../context/sensitive.js'
import { FlowDesignation } from '../model/flow.js'
import { Nullable, Reference, StringEnum } from '../model/scalars.js'
import type { Stage } from '../model/stage.js'
import type { Subject, User } from '../model/user.js'
import type { DefinitionLookup } from '../registry/definition-lookup.js'
import { unsavedSubject } from '../users/unsaved-subject.js'
import { recordPassword } from './auth-method.js'
import { flowPage } from '../flow-page.js'
import { optionError } from './option-error.js'
import { provePassword } from './password-proof.js'
import { fixedSubject, setPendingUser } from './pending-user.js'
import type { StageKind, StageTurn } from './stage-kind.js'
import { passed, refused, type StageResult } from './stage-result.js'

const options = Type.Object({
  /** What somebody may be identified by; any of them may match. */
  userFields: Type.Array(StringEnum(['email', 'username', 'upn'] as const), { default: [] }),
  /** A password stage that asks for the password in the same step. */
  passwordStage: Nullable(Reference('stage'), { default: null }),
  caseInsensitiveMatching: Type.Boolean({ default: true }),
  /** Whether later stages show the name of whom was found, or what was typed. */
  showMatchedUser: Type.Boolean({ default: true }),
  /** Goes on with an identifier that nobody has, so that the answer does not tell who exists. */
  pretendUserExists: Type.Boolean({ default: true }),
  enrollmentFlow: Nullable(Reference('flow'), { default: null }),
  recoveryFlow: Nullable(Reference('flow'), { default: null }),
  passwordlessFlow: Nullable(Reference('flow'), { default: null }),
  /** Always empty: this package has no sources. */
  sources: Type.Array(Type.String(), { default: [] }),
  showSourceLabels: Type.Boolean({ default: false })
}, { additionalProperties: false })

/** The options of an identification stage. */
export interface IdentificationOptions extends Static<typeof options> {}

const challengeSchema = Type.Object({
  userFields: Type.Array(Type.String()),
  passwordFields: Type.Boolean(),
  allowShowPassword: Type.Boolean(),
  applicationPre: Type.Optional(Type.String()),
  primaryAction: Type.String(),
  flowDesignation: FlowDesignation,
  sources: Type.Array(Type.Unknown()),
  showSourceLabels: Type.Boolean(),
  enrollUrl: Type.Optional(Type.String()),
  recoveryUrl: Type.Optional(Type.String()),
  passwordlessUrl: Type.Optional(Type.String())
})

const answerSchema = Type.Object({
  /** Longer than any address or name, and short enough to count attempts by. */
  uidField: Type.String({ minLength: 1, maxLength: 512 }),
  password: Type.Optional(Type.Unsafe<Sensitive | null>(Nullable(Type.String(), { sensitive: true })))
})

type Turn = StageTurn<IdentificationOptions>

/** Finds out who the flow is about. */
export const identificationStage = {
  kind: 'identification',
  model: 'authentik_stages_identification.identificationstage',
  component: 'ak-stage-identification',
  formComponent: 'ak-stage-identification-form',
  verboseName: 'Identification Stage',
  verboseNamePlural: 'Identification Stages',
  options,
  challengeSchema,
  answerSchema,

  check (stage, definitions) {
    if (stage.options.sources.length > 0) {
      throw optionError(stage, 'sources', 'this package has no sources; leave the list empty')
    }
    if (stage.options.userFields.length === 0) {
      throw optionError(stage, 'userFields', 'When no user fields are selected, at least one source must be selected')
    }
    const { passwordStage } = stage.options
    if (passwordStage !== null && definitions.stage(passwordStage)?.kind !== 'password') {
      throw optionError(stage, 'passwordStage', `'${passwordStage}' is not a password stage`)
    }
  },

  challenge (turn) {
    const { options } = turn.stage
    const passwordStage = embeddedPassword(options, turn.definitions)
    return {
      userFields: options.userFields,
      passwordFields: options.passwordStage !== null,
      allowShowPassword: passwordStage?.options.allowShowPassword === true,
      primaryAction: turn.flow.designation === 'authentication' ? 'Log in' : 'Continue',
      flowDesignation: turn.flow.designation,
      sources: [],
      showSourceLabels: options.showSourceLabels,
      ...applicationName(turn.context),
      ...link('enrollUrl', options.enrollmentFlow, turn),
      ...link('recoveryUrl', options.recoveryFlow, turn),
      ...link('passwordlessUrl', options.passwordlessFlow, turn)
    }
  },

  /** Without a password it tells who exists, unless it pretends that everybody does. */
  guess ({ stage }, { uidField }) {
    const { passwordStage, pretendUserExists } = stage.options
    return passwordStage === null && pretendUserExists ? undefined : { identifier: uidField }
  },

  async respond (turn, answer) {
    const typed = answer.uidField.trim()
    if (typed === '') return refused('This field may not be blank.', 'uidField', 'blank')
    const user = await findUser(turn, typed)
    if (turn.stage.options.passwordStage === null) return identify(turn, typed, user)
    return await authenticate(turn, typed, user, answer.password ?? new Sensitive(undefined))
  }
} satisfies StageKind<typeof options, typeof challengeSchema, typeof answerSchema>

async function findUser ({ stage, services }: Turn, typed: string): Promise<User | undefined> {
  const { userFields, caseInsensitiveMatching } = stage.options
  return await services.users.find({ fields: userFields, value: typed, caseInsensitive: caseInsensitiveMatching })
}

/** Takes the claim as it is: what it is worth, later stages find out. */
async function identify (turn: Turn, typed: string, user: User | undefined): Promise<StageResult> {
  const { pretendUserExists, showMatchedUser } = turn.stage.options
  if (!isAllowed(turn.context, user)) return await fail(turn, typed, user)
  if (user === undefined && !pretendUserExists) return await fail(turn, typed, user)
  setPendingUser(turn.context, user ?? unsavedSubject(typed, turn.services))
  // Where an unknown identifier goes on, a known one looks the same until a password has been checked.
  showAs(turn.context, pretendUserExists || !showMatchedUser ? typed : undefined)
  return passed()
}

/** Takes the claim only with the password of whom it names. */
async function authenticate (turn: Turn, typed: string, user: User | undefined, password: Sensitive): Promise<StageResult> {
  const proven = await provePassword(turn.services.users, user, password)
  if (proven === undefined || !isAllowed(turn.context, proven)) return await fail(turn, typed, user)
  recordPassword(turn.context, proven)
  showAs(turn.context, turn.stage.options.showMatchedUser ? undefined : typed)
  return passed()
}

/**
 * Refuses, in the same way whether there is such a user or not. A run that restarts with its context finds an unsaved user, never
 * the user itself: nobody becomes the pending user by a wrong password.
 */
async function fail (turn: Turn, typed: string, user: User | undefined): Promise<StageResult> {
  await turn.services.reputation.adjust(user?.username ?? typed, turn.http.ip, -1)
  if (fixedSubject(turn.context) === undefined) {
    // By the name that the score is kept under: a policy that asks for it must find it, whatever spelling was typed.
    setPendingUser(turn.context, unsavedSubject(user?.username ?? typed, turn.services))
    showAs(turn.context, typed)
  }
  return refused('Failed to authenticate.')
}

function isAllowed (context: PlanContext, user: Subject | undefined): boolean {
  const fixed = fixedSubject(context)
  return fixed === undefined || (fixed !== null && fixed.pk === user?.pk)
}

function showAs (context: PlanContext, identifier: string | undefined): void {
  if (identifier === undefined) delete context.pending_user_identifier
  else context.pending_user_identifier = identifier
}

function embeddedPassword ({ passwordStage }: IdentificationOptions, definitions: DefinitionLookup): Stage | undefined {
  return passwordStage === null ? undefined : definitions.stage(passwordStage)
}

function applicationName ({ application }: PlanContext): { applicationPre?: string } {
  const isNamed = typeof application === 'object' && application !== null && 'name' in application
  return isNamed && typeof application.name === 'string' ? { applicationPre: application.name } : {}
}

function link<Name extends string> (name: Name, flow: string | null, turn: Turn): { [key in Name]?: string } | undefined {
  const target = flow === null ? undefined : turn.definitions.flow(flow)
  if (target === undefined) return undefined
  const links: { [key in Name]?: string } = {}
  links[name] = flowPage(target.slug, turn.query)
  return links
}
