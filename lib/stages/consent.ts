import { createHash, timingSafeEqual } from 'node:crypto'
import { Type, type Static } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { PlanContext } from '../context/plan-context.js'
import { parseDuration } from '../model/duration.js'
import { StringEnum } from '../model/scalars.js'
import type { UserPk } from '../model/user.js'
import { consentApplication } from './consent-application.js'
import { optionError } from './option-error.js'
import type { StageKind, StageTurn } from './stage-kind.js'
import { passed, refused, type StageResult } from './stage-result.js'

const options = Type.Object({
  /** Asks every time, or keeps the consent for ever or for `consentExpireIn`. */
  mode: StringEnum(['always_require', 'permanent', 'expiring'] as const, { default: 'expiring' }),
  /** A duration such as `weeks=4`. */
  consentExpireIn: Type.String({ default: 'weeks=4' })
}, { additionalProperties: false })

/** The options of a consent stage. */
export interface ConsentOptions extends Static<typeof options> {}

const permissionsSchema = Type.Array(Type.Object({ name: Type.String(), id: Type.String() }))

/** What an application asks for. */
type Permissions = Static<typeof permissionsSchema>

const challengeSchema = Type.Object({
  headerText: Type.String(),
  permissions: permissionsSchema,
  additionalPermissions: permissionsSchema,
  token: Type.String()
})

const answerSchema = Type.Object({ token: Type.String({ blank: false }) })

/**
 * Asks the person whether an application may have what it asks for, and keeps the answer.
 *
 * The context gives `application`, `consent_permissions` (a list of `name` and `id`) and `consent_header`. Without an
 * application or a stored user it always asks and keeps nothing.
 */
export const consentStage = {
  kind: 'consent',
  model: 'authentik_stages_consent.consentstage',
  component: 'ak-stage-consent',
  formComponent: 'ak-stage-consent-form',
  verboseName: 'Consent Stage',
  verboseNamePlural: 'Consent Stages',
  options,
  challengeSchema,
  answerSchema,
  showsUser: true,
  check (stage) {
    const { consentExpireIn } = stage.options
    if ((parseDuration(consentExpireIn) ?? -1) >= 0) return
    throw optionError(stage, 'consentExpireIn', `${consentExpireIn} is not in the correct format of 'hours=3;minutes=1'.`)
  },
  enter,
  challenge: ({ context, scratch }) => ({
    headerText: headerText(context),
    permissions: permissionList(scratch.permissions),
    additionalPermissions: permissionList(scratch.additionalPermissions),
    token: String(scratch.token)
  }),
  respond
} satisfies StageKind<typeof options, typeof challengeSchema, typeof answerSchema>

async function enter (turn: StageTurn<ConsentOptions>): Promise<StageResult | undefined> {
  const requested = permissionList(turn.context.consent_permissions)
  const granted = await grantedPermissions(turn)
  if (granted !== undefined && sameMembers(granted, new Set(requested.map(({ id }) => id)))) return passed()
  turn.scratch.token = turn.services.newId()
  turn.scratch.permissions = requested.filter(({ id }) => granted?.has(id) ?? true)
  turn.scratch.additionalPermissions = requested.filter(({ id }) => granted !== undefined && !granted.has(id))
  return undefined
}

async function respond (turn: StageTurn<ConsentOptions>, { token }: Static<typeof answerSchema>): Promise<StageResult> {
  if (!sameSecret(token, String(turn.scratch.token))) return refused('Invalid consent token, re-showing prompt', 'token')
  const kept = keeping(turn)
  if (kept !== undefined) {
    await turn.services.users.saveConsent(kept.user, {
      application: kept.application,
      permissions: permissionList(turn.context.consent_permissions).map(({ id }) => id),
      expiresAt: expiry(turn)
    })
  }
  return passed()
}

/** For whom and for what the consent is kept; undefined where it is not. */
function keeping ({ stage, subject, context }: StageTurn<ConsentOptions>): { user: UserPk, application: string } | undefined {
  const user = subject?.pk ?? null
  const application = consentApplication(context)?.id
  if (stage.options.mode === 'always_require' || user === null || application === undefined) return undefined
  return { user, application }
}

async function grantedPermissions (turn: StageTurn<ConsentOptions>): Promise<ReadonlySet<string> | undefined> {
  const kept = keeping(turn)
  if (kept === undefined) return undefined
  const consent = await turn.services.users.consent(kept.user, kept.application)
  if (consent === undefined || (consent.expiresAt !== null && consent.expiresAt <= turn.services.now())) return undefined
  return new Set(consent.permissions)
}

/** Milliseconds since the epoch, or null for ever. A duration that says nothing (`check` refuses it) expires at once. */
function expiry ({ stage: { options: { mode, consentExpireIn } }, services }: StageTurn<ConsentOptions>): number | null {
  return mode === 'permanent' ? null : services.now() + (parseDuration(consentExpireIn) ?? 0)
}

function headerText (context: PlanContext): string {
  if (typeof context.consent_header === 'string') return context.consent_header
  const application = consentApplication(context)
  return application === undefined ? 'Do you agree to continue?' : `You're about to sign into ${application.name}.`
}

/** A malformed list is a fault, never a shorter list: nobody may consent to less than what is then given. */
function permissionList (value: unknown = []): Permissions {
  if (Value.Check(permissionsSchema, value)) return value.map(({ name, id }) => ({ name, id }))
  throw new TypeError('consent_permissions must be a list of objects with the texts name and id')
}

function sameMembers (some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return some.size === others.size && [...some].every((member) => others.has(member))
}

/** Compares in constant time: the hashes have one length whatever was sent. */
function sameSecret (sent: string, kept: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(sent), digest(kept))
}
