import type { TSchema } from '@sinclair/typebox'
import { answerSchemaOf } from '../executor/challenge.js'
import { isSensitive } from '../model/scalars.js'
import { isPlainObject } from '../plain-object.js'
import type { StageKind, StageTurn } from '../stages/stage-kind.js'
import type { StandIn } from '../simulate/stand-in.js'
import { toWireName } from '../wire/names.js'
import { isSecretMember, maskedData } from './masking.js'

/** What a stage has said of an answer. */
export interface Judgement {
  readonly isRight: boolean
  /** Whether a member of it was refused. */
  readonly isRefused: (name: string) => boolean
}

/**
 * An answer as a recording keeps it: what the stage's schema names, with stand-ins for secrets. Whether those are right is
 * known when the stage has judged them. Equal secrets of one answer have one number.
 */
export async function recordedAnswer (
  kind: StageKind, turn: StageTurn, body: unknown
): Promise<(judgement: Judgement) => Record<string, unknown>> {
  const schema = await answerSchemaOf(kind, turn)
  const members = membersByWireName(schema?.properties ?? {})
  const sent = isPlainObject(body) ? body : {}
  const secrets: unknown[] = []
  const kept: [string, unknown][] = []
  for (const [name, member] of members) {
    const value = Object.hasOwn(sent, name) ? sent[name] : undefined
    if (value === undefined) continue
    kept.push([name, isSecretMember(name, member) && isSecretValue(value)
      ? new KeptSecret(numberOf(value, secrets), isSensitive(member) ? undefined : name)
      : maskedData({ value })['value']])
  }
  return (judgement) => Object.fromEntries([
    ['component', kind.component],
    ...kept.map(([name, value]) => [name, value instanceof KeptSecret ? value.standIn(judgement) : value])
  ])
}

/** Whether there is anything to keep secret: a yes or no tells nothing. */
function isSecretValue (value: unknown): boolean {
  return value !== null && value !== '' && typeof value !== 'boolean'
}

/** Where a secret was. */
class KeptSecret {
  readonly #number: number
  /** The member whose name alone makes it a secret; it is right unless it was refused itself. */
  readonly #looksSecret: string | undefined

  constructor (number: number, looksSecret: string | undefined) {
    this.#number = number
    this.#looksSecret = looksSecret
  }

  standIn ({ isRight, isRefused }: Judgement): StandIn {
    const isTaken = isRight || (this.#looksSecret !== undefined && !isRefused(this.#looksSecret))
    return { stand_in: isTaken ? 'right' : 'wrong', of: this.#number }
  }
}

function numberOf (secret: unknown, secrets: unknown[]): number {
  const index = secrets.indexOf(secret)
  return index === -1 ? secrets.push(secret) : index + 1
}

function membersByWireName (properties: Readonly<Record<string, TSchema>>): Array<readonly [string, TSchema]> {
  return Object.entries(properties).map(([name, schema]) => {
    const stated: unknown = schema['wireName']
    return [typeof stated === 'string' ? stated : toWireName(name), schema]
  })
}
