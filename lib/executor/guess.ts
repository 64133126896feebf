import type { TakenAttempt } from '../attempts/attempt-budgets.js'
import { andThen, type MaybePromise } from '../maybe-promise.js'
import type { Guess, StageKind, StageTurn } from '../stages/stage-kind.js'
import type { AnswerFault, StageResult } from '../stages/stage-result.js'
import type { AnswerReading } from './answer-reading.js'
import type { ExecutorTools } from './executor-tools.js'
import { guarded } from './stage-fault.js'

/** What is told to whoever has used an attempt budget up, whether the guess was right or wrong, and whoever it was about. */
export const THROTTLED: AnswerFault = { field: null, string: 'Too many attempts. Please try again later.', code: 'throttled' }

const NOT_A_GUESS: TakenAttempt = { allowed: true, giveBack: () => {} }

/**
 * Counts an answer that is about to be judged, where its stage's kind calls it a guess. An answer that is not even well-formed
 * is none: nothing is compared with it.
 */
export function countGuess (
  { attempts }: Pick<ExecutorTools, 'attempts'>, run: string, kind: StageKind, turn: StageTurn, reading: AnswerReading
): MaybePromise<TakenAttempt> {
  if (reading.kind !== 'answer' || kind.guess === undefined) return NOT_A_GUESS
  const guess = guarded(turn.stage.name, () => andThen(kind.guess?.(turn, reading.answer), readGuess))
  return andThen(guess, (said) => {
    if (said === undefined) return NOT_A_GUESS
    const identifier = said.identifier ?? turn.context.pending_user_identifier ?? turn.subject?.username ?? null
    return attempts.take({ run, identifier, address: turn.http.ip })
  })
}

/** Reads its member once, where a fault in that is the stage's. */
function readGuess (guess: Guess | undefined): { readonly identifier: string | undefined } | undefined {
  return guess && { identifier: guess.identifier }
}

/** Whether a guess was right: only then is it given back. */
export function wasRight (result: StageResult): boolean {
  return result.kind !== 'refused' && result.kind !== 'denied'
}
