import { Secret, TOTP } from 'otpauth'
import { Type, type Static } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { Sensitive } from '../context/sensitive.js'
import { isPlainObject } from '../plain-object.js'
import { StringEnum } from '../model/scalars.js'
import { fieldStandIn } from './field-stand-in.js'

/**
 * Stands in a scripted answer for a secret that nobody has to know: a password or code that is right, or one that is wrong.
 * Stand-ins of one number are one secret.
 */
export const StandInSchema = Type.Object({
  stand_in: StringEnum(['right', 'wrong'] as const),
  of: Type.Optional(Type.Integer({ minimum: 1 }))
}, { additionalProperties: false })

export type StandIn = Static<typeof StandInSchema>

/** The seed that every authenticator app of a dry walk has. */
export const STAND_IN_SEED = new Sensitive(Secret.fromUTF8('flow planner stand-in').base32)

const RIGHT = 'Right stand-in '

/** Tells whether a text is what a stand-in for the right secret is sent as. */
export function isRightStandIn (secret: Sensitive): boolean {
  return secret.reveal()?.trim().startsWith(RIGHT.trim()) === true
}

/** What an answer with stand-ins is sent to. */
export interface Answered {
  readonly challenge: Readonly<Record<string, unknown>>
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Whether the right code is one of a list, where there is an authenticator app too. Defaults to no. */
  readonly hasListedCode?: boolean
}

/** An answer as it is sent: stand-ins give way to what fits the challenge. */
export function filledAnswer (answer: Readonly<Record<string, unknown>>, to: Answered): Record<string, unknown> {
  const { challenge } = to
  const filled: Record<string, unknown> = { component: challenge['component'], ...stepToken(challenge) }
  for (const [key, value] of Object.entries(answer)) filled[key] = fill(key, value, to)
  return filled
}

function stepToken ({ flow_info: info }: Readonly<Record<string, unknown>>): { step_token?: unknown } {
  return isPlainObject(info) && 'step_token' in info ? { step_token: info['step_token'] } : {}
}

function fill (key: string, value: unknown, to: Answered): unknown {
  if (!Value.Check(StandInSchema, value)) return value
  const { stand_in: which, of = 1 } = value
  if (which === 'wrong') return `Wrong stand-in ${of}`
  if (key === 'token' && typeof to.challenge['token'] === 'string') return to.challenge['token']
  return (key === 'code' ? codeFor(to) : undefined) ?? fieldStandIn(key, of, to.challenge) ?? `${RIGHT}${of}`
}

/** The code of the authenticator app that a challenge sets up or asks for; undefined where it does neither. */
function codeFor ({ challenge, now: timestamp, hasListedCode = false }: Answered): string | undefined {
  const { config_url: link, device_challenges: devices } = challenge
  if (typeof link === 'string') {
    const { searchParams } = new URL(link)
    return code(searchParams.get('secret') ?? '', searchParams.get('digits') === '8' ? 8 : 6, timestamp)
  }
  const hasApp = !hasListedCode && Array.isArray(devices) && devices.some((device) => isPlainObject(device) && device.device_class === 'totp')
  return hasApp ? code(STAND_IN_SEED.reveal() ?? '', 6, timestamp) : undefined
}

function code (seed: string, digits: number, timestamp: number): string {
  return new TOTP({ secret: Secret.fromBase32(seed), digits, algorithm: 'SHA1', period: 30 }).generate({ timestamp })
}
