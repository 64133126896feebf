import { Sensitive } from '../context/sensitive.js'
import { UserNotFoundError } from '../errors.js'
import type { UserPk } from '../model/user.js'
import { hashToken } from '../users/memory-devices.js'
import type { Device, NewDevice } from '../users/user-store.js'
import type { RedisConnection } from './connection.js'
import { ADD_DEVICE, DEVICES, NEXT, USE_STEP, USE_TOKEN } from './user-scripts.js'

/** What is kept of a device in its field; its kind and key are the field's name. */
interface StoredDevice {
  readonly name: string
  readonly seed?: string
  readonly digits?: 6 | 8
}

/** Devices of users, in the users' own hashes, so that they go with them. */
export class RedisUserDevices {
  readonly #redis: RedisConnection
  readonly #counters: string
  readonly #keyOf: (pk: UserPk) => string

  constructor (redis: RedisConnection, counters: string, keyOf: (pk: UserPk) => string) {
    this.#redis = redis
    this.#counters = counters
    this.#keyOf = keyOf
  }

  async list (user: UserPk): Promise<readonly Device[]> {
    const fields = fieldsOf(await this.#redis.ask(DEVICES, [this.#keyOf(user)], []))
    const devices = [...fields].flatMap(([name, value]) => {
      const [kind, pk = ''] = name.split(' ')
      const used = fields.get(`used ${pk}`)
      return kind === 'totp' || kind === 'static' ? [this.#device(kind, pk, value, used)] : []
    })
    return devices.sort((one, other) => Number(one.pk) - Number(other.pk))
  }

  async add (user: UserPk, device: NewDevice): Promise<Device> {
    const pk = String(await this.#redis.run(NEXT, [this.#counters], ['devices']))
    const stored = this.#redis.encode(storedForm(device), boundTo(pk))
    const tokens = device.type === 'static' ? device.tokens.flatMap((token) => hashToken(token) ?? []) : []
    const fields = [[`${device.type} ${pk}`, stored], ...tokens.map((token) => [`token ${pk} ${token}`, '1'])]
    const added = await this.#redis.run(ADD_DEVICE, [this.#keyOf(user)], [pk, device.key ?? '', ...fields.flat()])
    const known = added === pk
      ? this.#device(device.type, pk, stored, undefined)
      : (await this.list(user)).find((other) => other.pk === added)
    if (known === undefined) throw new UserNotFoundError(String(user))
    return known
  }

  async useStep (user: UserPk, device: string, step: number, key = ''): Promise<boolean> {
    if (!Number.isSafeInteger(step)) return false
    return await this.#redis.run(USE_STEP, [this.#keyOf(user)], [device, step, this.#redis.now(), key]) === 1
  }

  async useToken (user: UserPk, device: string, token: Sensitive, key = ''): Promise<boolean> {
    const hash = hashToken(token)
    return hash !== undefined &&
      await this.#redis.run(USE_TOKEN, [this.#keyOf(user)], [device, hash, this.#redis.now(), key]) === 1
  }

  #device (type: Device['type'], pk: string, stored: string, used: string | undefined): Device {
    const { name, seed, digits = 6 }: StoredDevice = JSON.parse(this.#redis.jsonOf(stored, boundTo(pk)))
    const base = { pk, name, confirmed: true, lastUsed: used === undefined ? null : new Date(Number(used)).toISOString() }
    return Object.freeze(type === 'totp' ? { ...base, type, seed: new Sensitive(seed), digits } : { ...base, type })
  }
}

function boundTo (pk: string): string {
  return `device ${pk}`
}

function storedForm (device: NewDevice): StoredDevice {
  if (device.type === 'static') return { name: device.name }
  return { name: device.name, seed: device.seed.reveal() ?? '', digits: device.digits }
}

function fieldsOf (reply: unknown): Map<string, string> {
  const texts = Array.isArray(reply) ? reply.map(String) : []
  const fields = new Map<string, string>()
  for (let index = 0; index + 1 < texts.length; index += 2) fields.set(texts[index] ?? '', texts[index + 1] ?? '')
  return fields
}
