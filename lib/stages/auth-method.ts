import type { PlanContext } from '../context/plan-context.js'
import { isRecord } from '../is-record.js'
import type { User } from '../model/user.js'
import type { Device } from '../users/user-store.js'
import { setPendingUser } from './pending-user.js'

/** The backend that this package checks passwords with: the user store. Named as in the original. */
export const INBUILT_BACKEND = 'authentik.core.auth.InbuiltBackend'

/** Records that the password was the user's. */
export function recordPassword (context: PlanContext, user: User): void {
  setPendingUser(context, user)
  context.user_backend = INBUILT_BACKEND
  context.auth_method = 'password'
  context.auth_method_args = methodArgs(context)
}

/** Records that a code of this device was the user's. */
export function recordDevice (context: PlanContext, device: Device): void {
  const args = methodArgs(context)
  const before: readonly unknown[] = Array.isArray(args.mfa_devices) ? args.mfa_devices : []
  context.auth_method = 'auth_mfa'
  context.auth_method_args = { ...args, mfa_devices: [...before, describeDevice(device)] }
}

function methodArgs (context: PlanContext): Record<string, unknown> {
  const args = context.auth_method_args
  return isRecord(args) ? { ...args } : {}
}

/** A device as the context shows models: without its seed or codes. */
function describeDevice ({ type, pk, name }: Device): Record<string, string> {
  return { app: `authentik_stages_authenticator_${type}`, model_name: `${type}device`, pk, name }
}
