import { redact } from '../context/sensitive.js'
import type { AnswerFault, StageResult } from '../stages/stage-result.js'

type Members = Readonly<Record<string, unknown>>

/**
 * Reads what a stage says of itself, every member once. A host's kind may be written without types, and whatever is no result
 * must neither pass the stage nor keep the walk where it is without end.
 *
 * @throws TypeError where it is none.
 */
export function readResult (value: unknown): StageResult {
  const members = membersOf(value)
  switch (members['kind']) {
    case 'passed': return { kind: 'passed' }
    case 'refused': return { kind: 'refused', faults: faultsOf(members['faults']), final: flagOf(members, 'final') }
    case 'denied': return { kind: 'denied', message: textOf(members, 'message') }
    case 'redirected': return { kind: 'redirected', to: textOf(members, 'to') }
    case 'switched': return { kind: 'switched', flow: textOf(members, 'flow'), keepContext: flagOf(members, 'keepContext') }
    default: throw new TypeError('The stage has given something that is no result')
  }
}

/**
 * A result in whose texts nothing stands that was typed as a secret: they go into the history of the run. What is shorter than
 * four characters is left, because any text may hold it.
 */
export function withoutSecrets (result: StageResult, secrets: readonly string[]): StageResult {
  const telling = secrets.filter((secret) => secret.length >= 4)
  if (telling.length === 0) return result
  if (result.kind === 'denied') return { ...result, message: redact(result.message, telling) }
  if (result.kind !== 'refused') return result
  return { ...result, faults: result.faults.map((fault) => ({ ...fault, string: redact(fault.string, telling) })) }
}

/**
 * Reads what entering a stage has come to: a result, or undefined where its challenge is to be shown.
 *
 * @throws TypeError where it is neither.
 */
export function readEntry (value: unknown): StageResult | undefined {
  return value === undefined ? undefined : readResult(value)
}

function membersOf (value: unknown): Members {
  if (typeof value !== 'object' || value === null) throw new TypeError('The stage has given something that is no result')
  return { ...value }
}

function faultsOf (value: unknown): AnswerFault[] {
  if (!Array.isArray(value)) throw new TypeError("The 'faults' of a stage's result must be a list")
  return Array.from<unknown, AnswerFault>(value, (item) => {
    const fault = membersOf(item)
    const field = fault['field'] === null ? null : textOf(fault, 'field')
    return { field, string: textOf(fault, 'string'), code: textOf(fault, 'code') }
  })
}

function textOf (members: Members, name: string): string {
  const value = members[name]
  if (typeof value !== 'string') throw new TypeError(`The '${name}' of a stage's result must be a text`)
  return value
}

function flagOf (members: Members, name: string): boolean {
  const value = members[name]
  if (typeof value !== 'boolean') throw new TypeError(`The '${name}' of a stage's result must be true or false`)
  return value
}
