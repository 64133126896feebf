import { createHash } from 'node:crypto'
import type { ConsumedStore } from '../consumed/consumed-store.js'
import type { Sensitive } from '../context/sensitive.js'
import type { MaybePromise } from '../maybe-promise.js'
import type { Device, NewDevice } from './user-store.js'

interface KeptDevice {
  device: Device
  /** The last time step that a code was taken for, or -1, and under which key. */
  lastStep: number
  lastStepKey: string | undefined
  /** Hashes of the single-use codes that are left. */
  readonly tokens: Set<string>
  /** By hash of a code that is used up: the key under which it was. */
  readonly usedTokens: Map<string, string>
}

/** What other processes share of the devices: whose they are, and what was used elsewhere. */
export interface SharedUse {
  readonly owner: string
  readonly consumed: ConsumedStore
}

/** What a using up is told by. */
export interface Use {
  /** Who used a code up may ask again under the same key. */
  readonly key: string | undefined
  readonly shared: SharedUse | undefined
}

/** Codes are random and long, so one plain hash is enough to keep a copy of the store from showing them. */
export function hashToken (token: Sensitive): string | undefined {
  const text = token.reveal()
  return text === undefined || text === '' ? undefined : createHash('sha256').update(text).digest('hex')
}

/** The devices of one user. */
export class MemoryDevices {
  readonly #kept = new Map<string, KeptDevice>()
  readonly #byKey = new Map<string, Device>()

  list (): readonly Device[] {
    return Array.from(this.#kept.values(), (kept) => kept.device)
  }

  add (pk: string, { type, name, key, ...parts }: NewDevice): Device {
    const known = key === undefined ? undefined : this.#byKey.get(key)
    if (known !== undefined) return known
    const base = { pk, name, confirmed: true, lastUsed: null }
    const device: Device = 'seed' in parts ? { ...base, type: 'totp', ...parts } : { ...base, type: 'static' }
    const tokens = 'tokens' in parts ? parts.tokens.flatMap((token) => hashToken(token) ?? []) : []
    const use = { lastStep: -1, lastStepKey: undefined, tokens: new Set(tokens), usedTokens: new Map() }
    this.#kept.set(pk, { device: Object.freeze(device), ...use })
    if (key !== undefined) this.#byKey.set(key, device)
    return device
  }

  /** True for the first caller of a step only, and never for a step before one that was used, here or elsewhere. */
  useStep (pk: string, step: number, now: number, { key, shared }: Use): MaybePromise<boolean> {
    const kept = this.#kept.get(pk)
    if (kept?.device.type !== 'totp' || !Number.isSafeInteger(step)) return false
    if (key !== undefined && step === kept.lastStep && key === kept.lastStepKey) return true
    if (step <= kept.lastStep) return false
    kept.lastStep = step
    kept.lastStepKey = key
    this.#touch(kept, now)
    // Its number may be another device's in another process: what tells it apart is its seed.
    return shared === undefined || shared.consumed.useStep(`${shared.owner} ${hashToken(kept.device.seed) ?? ''}`, step)
  }

  /** True for the first caller of a code only, here or elsewhere. */
  useToken (pk: string, token: Sensitive, now: number, { key, shared }: Use): MaybePromise<boolean> {
    const kept = this.#kept.get(pk)
    const hash = hashToken(token)
    if (kept === undefined || hash === undefined) return false
    if (key !== undefined && kept.usedTokens.get(hash) === key) return true
    if (!kept.tokens.delete(hash)) return false
    if (key !== undefined) kept.usedTokens.set(hash, key)
    this.#touch(kept, now)
    return shared === undefined || shared.consumed.useToken(`${shared.owner} ${hash}`)
  }

  #touch (kept: KeptDevice, now: number): void {
    kept.device = Object.freeze({ ...kept.device, lastUsed: new Date(now).toISOString() })
  }
}
