import type { TObject } from '@sinclair/typebox'
import { secretsWithin } from '../context/sensitive.js'
import { isRecord } from '../is-record.js'
import { andThen, type MaybePromise } from '../maybe-promise.js'
import { NONE } from '../none.js'
import type { StageKind, StageTurn } from '../stages/stage-kind.js'
import type { AnswerFault } from '../stages/stage-result.js'
import { checkAnswer } from './answer.js'
import { answerSchemaOf } from './challenge.js'

/**
 * What a body is to the current stage: an answer; one with faults; one that names no component, or no text as its
 * component; one that is meant for another stage.
 */
export type AnswerReading =
  | { readonly kind: 'answer', readonly answer: Record<string, unknown>, readonly secrets: readonly string[] }
  | { readonly kind: 'faults', readonly faults: readonly AnswerFault[] }
  | { readonly kind: 'unnamed', readonly faults: readonly AnswerFault[] }
  | { readonly kind: 'elsewhere' }

/** Reads a body as an answer to a stage. Only a body that names the stage's component is one. */
export function readAnswer (kind: StageKind, turn: StageTurn, body: unknown): MaybePromise<AnswerReading> {
  if (!isRecord(body)) return unnamed(null, 'Invalid data. Expected a dictionary.', 'invalid')
  const component = Object.hasOwn(body, 'component') ? body['component'] : undefined
  if (component === undefined || component === '') return unnamed('component', 'This field is required.', 'required')
  if (typeof component !== 'string') return unnamed('component', 'Not a valid string.', 'invalid')
  if (component !== kind.component) return { kind: 'elsewhere' }
  return andThen(answerSchemaOf(kind, turn), (schema) => readBody(schema, body))
}

function readBody (schema: TObject | undefined, body: Readonly<Record<string, unknown>>): AnswerReading {
  const checked = schema === undefined ? { answer: {} } : checkAnswer(schema, body)
  if ('faults' in checked) return { kind: 'faults', faults: checked.faults }
  return { kind: 'answer', answer: checked.answer, secrets: secretsOf(checked.answer) }
}

/** Most answers have no members, so nothing is looked through for them. */
function secretsOf (answer: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(answer).length === 0 ? NONE : secretsWithin(answer)
}

function unnamed (field: string | null, string: string, code: string): AnswerReading {
  return { kind: 'unnamed', faults: [{ field, string, code }] }
}
