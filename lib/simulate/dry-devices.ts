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
  readonly #takesStandIn: (device: string) => boolean
  #count = 0

  /** @param takesStandIn whether a stored device takes a right stand-in. Defaults to every one. */
  constructor (takesStandIn: (device: string) => boolean = () => true) {
    this.#takesStandIn = takesStandIn
  }

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

  /** Whether a right stand-in is a code of this device; it is one of each that the walk has added. */
  takesStandIn (device: string): boolean {
    return this.#takesStandIn(device) || [...this.#added.values()].flat().some(({ pk }) => pk === device)
  }

  /** True for a stand-in that the device takes, and for a code of a device that this walk has added. */
  isToken (device: string, token: Sensitive): boolean {
    return (isRightStandIn(token) && this.takesStandIn(device)) || this.#tokens.get(device)?.has(token.reveal() ?? '') === true
  }
}

function withStandIn (device: Device): Device {
  return device.type === 'totp' ? { ...device, seed: STAND_IN_SEED, digits: 6 } : device
}
