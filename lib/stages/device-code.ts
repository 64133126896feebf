import { Sensitive } from '../context/sensitive.js'
import type { UserPk } from '../model/user.js'
import type { Services } from '../services.js'
import type { Device } from '../users/user-store.js'
import { findStep } from './totp.js'

type Parts = Pick<Services, 'users' | 'now'>

/**
 * Finds the device that a code is from and uses the code up, so that it is good once.
 *
 * @param key names the using up: the turn that is tried again finds the code to be its own.
 * @returns the device, or undefined where the code is wrong or was used before.
 */
export async function redeemCode (
  { users, now }: Parts, user: UserPk, devices: readonly Device[], code: Sensitive, key: string
): Promise<Device | undefined> {
  const typed = new Sensitive(code.reveal()?.trim())
  for (const device of devices) {
    if (device.type === 'static') {
      if (await users.useStaticToken(user, device.pk, typed, key)) return device
      continue
    }
    const step = findStep(device.seed, device.digits, typed, now())
    if (step !== undefined && await users.useTotpStep(user, device.pk, step, key)) return device
  }
  return undefined
}
