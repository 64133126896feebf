import { createHash } from 'node:crypto'
import type { ConsumedStore } from '../consumed/consumed-store.js'
import type { Sensitive } from '../context/sensitive.js'
import { andThen, attempt, type MaybePromise } from '../maybe-promise.js'
import type { Device, NewDevice } from './user-store.js'

/** A time step that is used up; under a key once it is known that nobody else was first. */
interface UsedStep {
  readonly step: number
  key: string | undefined
}

interface KeptDevice {
  device: Device
  /** The last time step that a code was taken for, or -1. */
  lastStep: UsedStep
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
    const use = { lastStep: { step: -1, key: undefined }, tokens: new Set(tokens), usedTokens: new Map() }
    this.#kept.set(pk, { device: Object.freeze(device), ...use })
    if (key !== undefined) this.#byKey.set(key, device)
    return device
  }

  /** True for the first caller of a step only, and never for a step before one that was used, here or elsewhere. */
  useStep (pk: string, step: number, now: number, { key, shared }: Use): MaybePromise<boolean> {
    const kept = this.#kept.get(pk)
    if (kept?.device.type !== 'totp' || !Number.isSafeInteger(step)) return false
    const before = kept.lastStep
    if (key !== undefined && step === before.step && key === before.key) return true
    if (step <= before.step) return false
    const used: UsedStep = { step, key: undefined }
    kept.lastStep = used
    // Its number may be another device's in another process: what tells it apart is its seed.
    const seed = hashToken(kept.device.seed) ?? ''
    return isFirst(() => shared?.consumed.useStep(`${shared.owner} ${seed}`, step), {
      first: () => {
        used.key = key
        this.#touch(kept, now)
      },
      unknown: () => { if (kept.lastStep === used) kept.lastStep = before }
    })
  }

  /** True for the first caller of a code only, here or elsewhere. */
  useToken (pk: string, token: Sensitive, now: number, { key, shared }: Use): MaybePromise<boolean> {
    const kept = this.#kept.get(pk)
    const hash = hashToken(token)
    if (kept === undefined || hash === undefined) return false
    if (key !== undefined && kept.usedTokens.get(hash) === key) return true
    if (!kept.tokens.delete(hash)) return false
    return isFirst(() => shared?.consumed.useToken(`${shared.owner} ${hash}`), {
      first: () => {
        if (key !== undefined) kept.usedTokens.set(hash, key)
        this.#touch(kept, now)
      },
      unknown: () => { kept.tokens.add(hash) }
    })
  }

  #touch (kept: KeptDevice, now: number): void {
    kept.device = Object.freeze({ ...kept.device, lastUsed: new Date(now).toISOString() })
  }
}

/** What follows from whether a use was the first. */
interface Consequences {
  first (): void
  /** The others could not be asked: the use did not take place here either, and may be tried again. */
  unknown (): void
}

/** Asks those who share the devices, where there are any: undefined is nobody's objection. */
function isFirst (ask: () => MaybePromise<boolean> | undefined, { first, unknown }: Consequences): MaybePromise<boolean> {
  const asked = attempt(() => ask() ?? true, (error) => {
    unknown()
    throw error
  })
  return andThen(asked, (isFirst) => {
    if (isFirst) first()
    return isFirst
  })
}
