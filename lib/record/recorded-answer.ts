import type { TSchema } from '@sinclair/typebox'
import { answerSchemaOf } from '../executor/challenge.js'
import { isPlainObject } from '../plain-object.js'
import type { StageKind, StageTurn } from '../stages/stage-kind.js'
import type { StandIn } from '../simulate/stand-in.js'
import { toWireName } from '../wire/names.js'
import { isSecretMember, maskedData } from './masking.js'

/**
 * An answer as a recording keeps it: what the stage's schema names, with stand-ins for secrets. Whether those are right is
 * known when the stage has judged them. Equal secrets of one answer have one number.
 */
export async function recordedAnswer (
  kind: StageKind, turn: StageTurn, body: unknown
): Promise<(isRight: boolean) => Record<string, unknown>> {
  const schema = await answerSchemaOf(kind, turn)
  const members = membersByWireName(schema?.properties ?? {})
  const sent = isPlainObject(body) ? body : {}
  const secrets: unknown[] = []
  const kept: [string, unknown][] = []
  for (const [name, member] of members) {
    const value = Object.hasOwn(sent, name) ? sent[name] : undefined
    if (value === undefined) continue
    const isSecret = isSecretMember(name, member) && value !== null && value !== ''
    kept.push([name, isSecret ? new KeptSecret(numberOf(value, secrets)) : maskedData({ value })['value']])
  }
  return (isRight) => Object.fromEntries([
    ['component', kind.component],
    ...kept.map(([name, value]) => [name, value instanceof KeptSecret ? value.standIn(isRight) : value])
  ])
}

/** Where a secret was. */
class KeptSecret {
  readonly #number: number

  constructor (number: number) {
    this.#number = number
  }

  standIn (isRight: boolean): StandIn {
    return { stand_in: isRight ? 'right' : 'wrong', of: this.#number }
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
