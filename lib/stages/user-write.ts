import { Type, type Static } from '@sinclair/typebox'
import { StoreUnavailableError } from '../errors.js'
import type { PlanContext } from '../context/plan-context.js'
import type { Sensitive } from '../context/sensitive.js'
import { Nullable, Reference, StringEnum } from '../model/scalars.js'
import type { User } from '../model/user.js'
import { isPlainObject } from '../plain-object.js'
import { fixedSubject, setPendingUser } from './pending-user.js'
import type { StageKind, StageTurn } from './stage-kind.js'
import { denied, passed, type StageResult } from './stage-result.js'
import { enteredUser, type EnteredUser } from './user-changes.js'

const options = Type.Object({
  /** Whether a new user is made never, where nobody is known, or whoever is known. */
  userCreationMode: StringEnum(['never_create', 'create_when_required', 'always_create'] as const,
    { default: 'create_when_required' }),
  createUsersAsInactive: Type.Boolean({ default: false }),
  /** The group of new users. */
  createUsersGroup: Nullable(Reference('group'), { default: null }),
  userType: StringEnum(['internal', 'external', 'service_account', 'internal_service_account'] as const, { default: 'external' }),
  userPathTemplate: Type.String({ default: '' })
}, { additionalProperties: false })

/** The options of a user write stage. `userType` and `userPathTemplate` are kept for export; users here have neither. */
export interface UserWriteOptions extends Static<typeof options> {}

const FAILED = 'Failed to update user. Please try again later.'
const SOURCES = 'goauthentik.io/user/sources'

/**
 * Writes what prompt stages have gathered to the pending user, else to who is signed in, else to a new user, who is the
 * pending user from then on. A pending user who is not stored is nobody yet.
 */
export const userWriteStage = {
  kind: 'user_write',
  model: 'authentik_stages_user_write.userwritestage',
  component: 'ak-stage-user-write',
  formComponent: 'ak-stage-user-write-form',
  verboseName: 'User Write Stage',
  verboseNamePlural: 'User Write Stages',
  options,
  usesSecrets: true,
  enter
} satisfies StageKind<typeof options>

async function enter (turn: StageTurn<UserWriteOptions>): Promise<StageResult> {
  const { context, stage, services } = turn
  if (context.prompt_data === undefined) return denied('No Pending data.')
  // Whom the flow was about is gone: what was entered is meant for nobody else.
  if (context.pending_user === null && stage.options.userCreationMode !== 'always_create') return denied(FAILED)
  const pk = writtenPk(turn)
  if (pk === null && stage.options.userCreationMode === 'never_create') return denied("No user found and can't create new user.")
  try {
    const known = pk === null ? null : await services.users.get(pk)
    return known === undefined ? denied(FAILED) : await write(turn, known, context.prompt_data)
  } catch (error) {
    if (error instanceof StoreUnavailableError) throw error
    // The message may quote what was entered: only what sort of error it was is told.
    const sort = error instanceof Error ? error.name : typeof error
    services.log.warn({ stage: stage.name, error: sort }, 'A user could not be written')
    return denied(FAILED)
  }
}

/** Whom to change; null for a new user. Who is signed in is never changed for a pending user who is not stored. */
function writtenPk ({ stage, subject }: StageTurn<UserWriteOptions>) {
  if (stage.options.userCreationMode === 'always_create') return null
  return subject?.pk ?? null
}

async function write (
  turn: StageTurn<UserWriteOptions>, known: User | null, data: Readonly<Record<string, unknown>>
): Promise<StageResult> {
  const entered = enteredUser(data, known?.attributes ?? {})
  if ((entered.username ?? known?.username ?? '').trim() === '') return denied()
  if (known === null && fixedSubject(turn.context) !== undefined) return denied()
  if (entered.password === null) return denied(FAILED)
  const stored = known === null ? await create(turn, entered) : await update(turn, known, entered)
  setPendingUser(turn.context, await withPassword(turn, stored, known === null, entered.password))
  return passed()
}

/**
 * Sets the password, unless a new user was stored with it already. That ends the user's sign-ins. The one of this session goes
 * on, but only once the password is set: where something fails in between, one's own has ended as well.
 */
async function withPassword (
  { services, sessionUser, browser }: StageTurn<UserWriteOptions>, stored: User, isNew: boolean, password: Sensitive | undefined
): Promise<User> {
  if (password === undefined || (isNew && stored.hasUsablePassword)) return stored
  const changed = await services.users.setPassword(stored.pk, password)
  if (sessionUser?.pk === changed.pk) await browser.renewSignIn(changed)
  return changed
}

function create ({ stage, context, services, effectKey }: StageTurn<UserWriteOptions>, entered: EnteredUser) {
  const { createUsersAsInactive, createUsersGroup } = stage.options
  const groups = createUsersGroup === null ? [] : [createUsersGroup]
  return services.users.create({
    key: effectKey('user.create'),
    username: entered.username ?? '',
    name: entered.name ?? '',
    email: entered.email ?? '',
    isActive: !createUsersAsInactive,
    attributes: withSource(entered.attributes ?? {}, context),
    groups: [...new Set([...groups, ...contextGroups(context)])],
    ...entered.password == null ? {} : { password: entered.password }
  })
}

function update ({ context, services }: StageTurn<UserWriteOptions>, known: User, entered: EnteredUser) {
  const { password: _separately, ...changes } = entered
  const attributes = withSource(entered.attributes ?? known.attributes, context)
  const groups = contextGroups(context)
  return services.users.update(known.pk, {
    ...changes,
    ...(attributes === known.attributes ? {} : { attributes }),
    ...(groups.length === 0 ? {} : { groups })
  })
}

/** Adds the name of the context's `source`, once, to the sources that the user came from. */
function withSource (attributes: Readonly<Record<string, unknown>>, { source }: PlanContext): Readonly<Record<string, unknown>> {
  const name = isPlainObject(source) ? source.name : source
  if (typeof name !== 'string') return attributes
  const sources: readonly unknown[] = Array.isArray(attributes[SOURCES]) ? attributes[SOURCES] : []
  return sources.includes(name) ? attributes : { ...attributes, [SOURCES]: [...sources, name] }
}

/** The primary keys in the context's `groups`, a list of keys or of groups; the prompt data's `groups` is never looked at. */
function contextGroups ({ groups }: PlanContext): readonly string[] {
  if (!Array.isArray(groups)) return []
  return groups.map((group: unknown) => {
    const pk = isPlainObject(group) ? group.pk : group
    if (typeof pk !== 'string') throw new TypeError('groups in the context must be a list of primary keys or groups')
    return pk
  })
}
