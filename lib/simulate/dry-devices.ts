import type { Sensitive } from '../context/sensitive.js'
import type { UserPk } from '../model/user.js'
import type { Device, NewDevice } from '../users/user-store.js'
import { isRightStandIn, STAND_IN_SEED } from './stand-in.js'

/**
 * The devices of a dry walk: those that there are and those that it has added. Every authenticator app has the stand-in's seed,
 * so the only right codes are stand-ins.
 */
export class DryDevices {
  readonly #added = new Map<UserPk, Device[]>()
  readonly #tokens = new Map<string, ReadonlySet<string>>()
  #count = 0

  /** What a user has, of what the store has and what was added. */
  of (pk: UserPk, stored: readonly Device[]): readonly Device[] {
    return [...stored, ...this.#added.get(pk) ?? []].map(withStandIn)
  }

  add (pk: UserPk, { name, ...device }: NewDevice): Device {
    const base = { pk: `simulated-${++this.#count}`, name, confirmed: true, lastUsed: null }
    const added: Device = device.type === 'totp'
      ? { ...base, type: 'totp', seed: device.seed, digits: device.digits }
      : { ...base, type: 'static' }
    if (device.type === 'static') this.#tokens.set(added.pk, new Set(device.tokens.map((token) => token.reveal() ?? '')))
    this.#added.set(pk, [...this.#added.get(pk) ?? [], added])
    return added
  }

  /** True for a stand-in, and for a code of a device that this walk has added. */
  isToken (device: string, token: Sensitive): boolean {
    return isRightStandIn(token) || this.#tokens.get(device)?.has(token.reveal() ?? '') === true
  }
}

function withStandIn (device: Device): Device {
  return device.type === 'totp' ? { ...device, seed: STAND_IN_SEED, digits: 6 } : device
}
