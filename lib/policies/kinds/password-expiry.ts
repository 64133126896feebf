import { Type, type Static } from '@sinclair/typebox'
import type { Subject } from '../../model/user.js'
import { Int32 } from '../../model/scalars.js'
import type { UserStore } from '../../users/user-store.js'
import type { PolicyAnswer, PolicyKind } from '../policy-kind.js'

const DAY = 86_400_000

const options = Type.Object({
  /** How many days a password lasts. */
  days: Int32(),
  /** Whether an expired password is only refused. Otherwise it is taken away too. */
  denyOnly: Type.Boolean({ default: false })
}, { additionalProperties: false })

/** The options of a password expiry policy. */
export interface PasswordExpiryPolicyOptions extends Static<typeof options> {}

/**
 * Fails where the user's password is too old, and takes it away unless it shall only refuse.
 *
 * Not pure: it depends on the time, and what it does to the user must not be skipped by a cache.
 */
export const passwordExpiryPolicy = {
  kind: 'password_expiry',
  model: 'authentik_policies_expiry.passwordexpirypolicy',
  component: 'ak-policy-password-expiry-form',
  verboseName: 'Password Expiry Policy',
  verboseNamePlural: 'Password Expiry Policies',
  options,
  prepare ({ options }) {
    return {
      pure: false,
      evaluate ({ user, services }) {
        if (user === null) throw new Error('There is no user whose password could have expired')
        const over = daysSince(user.passwordChangeDate, services.now()) - options.days
        if (over < 0) return true
        return options.denyOnly ? { passing: false, messages: ['Password has expired.'] } : expire(user, over, services.users)
      }
    }
  }
} satisfies PolicyKind<typeof options>

function daysSince (date: string, now: number): number {
  const days = Math.floor((now - Date.parse(date)) / DAY)
  if (Number.isNaN(days)) throw new Error("The user's password change date is no date")
  return days
}

async function expire (user: Subject, days: number, users: UserStore): Promise<PolicyAnswer> {
  if (user.pk !== null && user.hasUsablePassword) await users.setPassword(user.pk, null)
  return { passing: false, messages: [`Password expired ${days} days ago. Please update your password.`] }
}
