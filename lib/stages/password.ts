import { Type, type Static } from '@sinclair/typebox'
import { Count, Nullable, Reference, SensitiveText, StringEnum } from '../model/scalars.js'
import type { Subject, User } from '../model/user.js'
import type { UserStore } from '../users/user-store.js'
import { countAttempt } from './attempts.js'
import { INBUILT_BACKEND, recordPassword } from './auth-method.js'
import { flowPage } from '../flow-page.js'
import { optionError } from './option-error.js'
import { provePassword } from './password-proof.js'
import type { StageKind } from './stage-kind.js'
import { denied, passed, refused, refusedFinally } from './stage-result.js'

const options = Type.Object({
  /** Accepted as in the original; only the first of them is ever asked, and it must be there. */
  backends: Type.Array(StringEnum([
    INBUILT_BACKEND, 'authentik.core.auth.TokenBackend', 'authentik.sources.ldap.auth.LDAPBackend',
    'authentik.sources.kerberos.auth.KerberosBackend'
  ] as const), { default: [INBUILT_BACKEND] }),
  configureFlow: Nullable(Reference('flow'), { default: null }),
  /** How many wrong passwords one run takes; the last of them ends it. */
  failedAttemptsBeforeCancel: Count({ default: 5 }),
  allowShowPassword: Type.Boolean({ default: false })
}, { additionalProperties: false })

/** The options of a password stage. */
export interface PasswordOptions extends Static<typeof options> {}

const challengeSchema = Type.Object({
  recoveryUrl: Type.Optional(Type.String()),
  allowShowPassword: Type.Boolean()
})

const answerSchema = Type.Object({ password: SensitiveText({ minLength: 1 }) })

/** Asks for the password of the pending user. */
export const passwordStage = {
  kind: 'password',
  model: 'authentik_stages_password.passwordstage',
  component: 'ak-stage-password',
  formComponent: 'ak-stage-password-form',
  verboseName: 'Password Stage',
  verboseNamePlural: 'Password Stages',
  options,
  challengeSchema,
  answerSchema,
  showsUser: true,

  check (stage) {
    if (!stage.options.backends.includes(INBUILT_BACKEND)) {
      throw optionError(stage, 'backends', `must hold '${INBUILT_BACKEND}', the only one that this package can ask`)
    }
  },

  enter ({ context }) {
    return context.pending_user == null ? denied() : undefined
  },

  challenge ({ stage, definitions, http }) {
    const allowShowPassword = stage.options.allowShowPassword
    const [recovery] = definitions.flowsFor('recovery')
    if (recovery === undefined) return { allowShowPassword }
    return { allowShowPassword, recoveryUrl: `${http.origin}${flowPage(recovery.slug)}` }
  },

  guess () {
    return {}
  },

  async respond (turn, { password }) {
    const { context, services, stage } = turn
    const subject = context.pending_user
    if (subject == null) return denied()
    // Counted before the check, so that no way out of it leaves an attempt uncounted.
    const attempts = countAttempt(turn.scratch)
    const user = await provePassword(services.users, await stored(services.users, subject), password)
    if (user !== undefined) {
      recordPassword(context, user)
      return passed()
    }
    await services.reputation.adjust(subject.username, turn.http.ip, -1)
    const refuse = attempts >= stage.options.failedAttemptsBeforeCancel ? refusedFinally : refused
    return refuse('Invalid password', 'password')
  }
} satisfies StageKind<typeof options, typeof challengeSchema, typeof answerSchema>

/** The user as the store has it now; nobody where the subject was never stored, which takes as long. */
async function stored (users: UserStore, { pk }: Subject): Promise<User | undefined> {
  if (pk !== null) return await users.get(pk)
  await users.getNobody?.()
  return undefined
}
