import type { Subject, User } from '../model/user.js'
import { setPendingUser } from '../stages/pending-user.js'
import type { PolicyAnswer, PolicyFunction, PolicyRequest } from './policy-kind.js'
import type { PromptFunctions, PromptRequest } from './prompt-function.js'

/** The user that the original's set-up flow is about. */
const INITIAL_ADMIN = 'akadmin'

/** What users may change of themselves where neither they nor their groups have the attribute: the original's defaults. */
const SELF_SERVICE = [
  { field: 'email', attribute: 'goauthentik.io/user/can-change-email', allowed: false, refusal: 'Not allowed to change email address.' },
  { field: 'name', attribute: 'goauthentik.io/user/can-change-name', allowed: true, refusal: 'Not allowed to change name.' },
  { field: 'username', attribute: 'goauthentik.io/user/can-change-username', allowed: false, refusal: 'Not allowed to change username.' }
] as const

/**
 * Functions for the expressions of the original's default blueprints, by policy name. A host's function of the same name
 * comes before them.
 */
export const defaultPolicyFunctions: Readonly<Record<string, PolicyFunction>> = {
  'default-authentication-flow-password-stage': needsPassword,
  'default-source-authentication-if-sso': comesFromSource,
  'default-source-enrollment-if-sso': comesFromSource,
  'default-source-enrollment-if-username': lacksUsername,
  'default-user-settings-authorization': changesOnlyWhatIsAllowed,
  'default-oobe-password-usable': awaitsSetUp,
  'default-oobe-prefill-user': takeInitialAdmin,
  'default-oobe-flow-set-authentication': closesByItself
}

/** Functions for the expressions of the prompts in the original's default blueprints, by prompt name. */
export const defaultPromptFunctions: Readonly<Record<string, PromptFunctions>> = {
  'default-user-settings-field-username': { initialValue: ({ user }) => user?.username ?? '' },
  'default-user-settings-field-name': { initialValue: ({ user }) => user?.name ?? '' },
  'default-user-settings-field-email': { initialValue: ({ user }) => user?.email ?? '' },
  'default-user-settings-field-locale': { initialValue: savedLocale }
}

/**
 * The password stage is needed until the pending user has been authenticated in this run: identification with a password
 * of its own, and the password stage, leave `user_backend` when they have.
 */
function needsPassword ({ plan, context }: PolicyRequest): boolean {
  return plan === null || !context.pending_user || !context['user_backend']
}

/** The flow is for who comes from another identity provider. */
function comesFromSource ({ context }: PolicyRequest): boolean {
  return context['is_sso'] === true
}

/** The other identity provider has told no username, so it is asked for. */
function lacksUsername ({ context }: PolicyRequest): boolean {
  return !Object.hasOwn(context.prompt_data ?? {}, 'username')
}

function changesOnlyWhatIsAllowed (request: PolicyRequest): PolicyAnswer {
  const user = request.user
  if (user === null) throw new Error('There is no user whose settings could be changed')
  const entered = request.context.prompt_data ?? {}
  const attributes = attributesOf(user, request)
  for (const { field, attribute, allowed, refusal } of SELF_SERVICE) {
    const may = Object.hasOwn(attributes, attribute) ? attributes[attribute] === true : allowed
    if (!may && entered[field] !== user[field]) return { passing: false, messages: [refusal] }
  }
  return true
}

/** The attributes of the groups, by name where they differ, and over them the user's own. */
function attributesOf (user: Subject, { services }: PolicyRequest): Readonly<Record<string, unknown>> {
  const definitions = services.registry.current
  const groups = user.groups.toSorted((a, b) => a.name < b.name ? -1 : 1)
  const ofGroups = groups.map((group) => definitions.group(group.pk)?.attributes ?? {})
  return Object.assign({}, ...ofGroups, user.attributes)
}

/** The set-up flow is open only as long as the first administrator has no password. */
async function awaitsSetUp (request: PolicyRequest): Promise<boolean> {
  return !(await initialAdmin(request)).hasUsablePassword
}

/**
 * Makes the first administrator the pending user. Asked again when its turn comes: a run that began before the set-up was
 * done, and that goes on after it, would give the administrator another password.
 */
async function takeInitialAdmin (request: PolicyRequest): Promise<boolean> {
  const admin = await initialAdmin(request)
  if (request.plan === null) throw new Error('There is no plan to set the user in')
  if (admin.hasUsablePassword) throw new Error(`The user '${INITIAL_ADMIN}' has been set up`)
  setPendingUser(request.plan.context, admin)
  return true
}

async function initialAdmin ({ services }: PolicyRequest): Promise<User> {
  const user = await services.users.find({ fields: ['username'], value: INITIAL_ADMIN, caseInsensitive: false })
  if (user === undefined) throw new Error(`There is no user '${INITIAL_ADMIN}'`)
  return user
}

/**
 * In the original this one closes the set-up flow by changing its definition. Definitions are not changed by a run here,
 * and need not be: the policy on the flow itself closes it as soon as the password is set, and so does the one on the stage
 * that writes it.
 */
function closesByItself (): boolean {
  return true
}

function savedLocale ({ user }: PromptRequest): string {
  const settings = user?.attributes['settings']
  const locale = typeof settings === 'object' && settings !== null && 'locale' in settings ? settings.locale : ''
  return typeof locale === 'string' ? locale : ''
}
