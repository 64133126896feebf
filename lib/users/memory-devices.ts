import { createHash } from 'node:crypto'
import type { ConsumedStore } from '../consumed/consumed-store.js'
import type { Sensitive } from '../context/sensitive.js'
import type { MaybePromise } from '../maybe-promise.js'
import type { Device, NewDevice } from './user-store.js'

interface KeptDevice {
  device: Device
  /** The last time step that a code was taken for, or -1. */
  lastStep: number
  /** Hashes of the single-use codes that are left. */
  readonly tokens: Set<string>
}

/** What other processes share of the devices: whose they are, and what was used elsewhere. */
export interface SharedUse {
  readonly owner: string
  readonly consumed: ConsumedStore
}

/** Codes are random and long, so one plain hash is enough to keep a copy of the store from showing them. */
export function hashToken (token: Sensitive): string | undefined {
  const text = token.reveal()
  return text === undefined || text === '' ? undefined : createHash('sha256').update(text).digest('hex')
}

/** The devices of one user. */
export class MemoryDevices {
  readonly #kept = new Map<string, KeptDevice>()

  list (): readonly Device[] {
    return Array.from(this.#kept.values(), (kept) => kept.device)
  }

  add (pk: string, { type, name, ...parts }: NewDevice): Device {
    const base = { pk, name, confirmed: true, lastUsed: null }
    const device: Device = 'seed' in parts ? { ...base, type: 'totp', ...parts } : { ...base, type: 'static' }
    const tokens = 'tokens' in parts ? parts.tokens.flatMap((token) => hashToken(token) ?? []) : []
    this.#kept.set(pk, { device: Object.freeze(device), lastStep: -1, tokens: new Set(tokens) })
    return device
  }

  /** True for the first caller of a step only, and never for a step before one that was used, here or elsewhere. */
  useStep (pk: string, step: number, now: number, shared?: SharedUse): MaybePromise<boolean> {
    const kept = this.#kept.get(pk)
    if (kept?.device.type !== 'totp' || !Number.isSafeInteger(step) || step <= kept.lastStep) return false
    kept.lastStep = step
    this.#touch(kept, now)
    // Its number may be another device's in another process: what tells it apart is its seed.
    return shared === undefined || shared.consumed.useStep(`${shared.owner} ${hashToken(kept.device.seed) ?? ''}`, step)
  }

  /** True for the first caller of a code only, here or elsewhere. */
  useToken (pk: string, token: Sensitive, now: number, shared?: SharedUse): MaybePromise<boolean> {
    const kept = this.#kept.get(pk)
    const hash = hashToken(token)
    if (kept === undefined || hash === undefined || !kept.tokens.delete(hash)) return false
    this.#touch(kept, now)
    return shared === undefined || shared.consumed.useToken(`${shared.owner} ${hash}`)
  }

  #touch (kept: KeptDevice, now: number): void {
    kept.device = Object.freeze({ ...kept.device, lastUsed: new Date(now).toISOString() })
  }
}
