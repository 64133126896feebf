import type { TakenAttempt } from '../attempts/attempt-budgets.js'
import type { StageKind, StageTurn } from '../stages/stage-kind.js'
import type { AnswerFault, StageResult } from '../stages/stage-result.js'
import type { AnswerReading } from './answer-reading.js'
import type { ExecutorTools } from './executor-tools.js'
import { guarded } from './stage-fault.js'

/** What is told to whoever has used an attempt budget up, whether the guess was right or wrong, and whoever it was about. */
export const THROTTLED: AnswerFault = { field: null, string: 'Too many attempts. Please try again later.', code: 'throttled' }

const NOT_A_GUESS: TakenAttempt = { allowed: true, giveBack: async () => {} }

/**
 * Counts an answer that is about to be judged, where its stage's kind calls it a guess. An answer that is not even well-formed
 * is none: nothing is compared with it.
 */
export async function countGuess (
  { attempts }: Pick<ExecutorTools, 'attempts'>, run: string, kind: StageKind, turn: StageTurn, reading: AnswerReading
): Promise<TakenAttempt> {
  if (reading.kind !== 'answer') return NOT_A_GUESS
  const guess = await guarded(turn.stage.name, async () => {
    const said = await kind.guess?.(turn, reading.answer)
    return said === undefined ? undefined : { identifier: said.identifier }
  })
  if (guess === undefined) return NOT_A_GUESS
  const identifier = guess.identifier ?? turn.context.pending_user_identifier ?? turn.subject?.username ?? null
  return await attempts.take({ run, identifier, address: turn.http.ip })
}

/** Whether a guess was right: only then is it given back. */
export function wasRight (result: StageResult): boolean {
  return result.kind !== 'refused' && result.kind !== 'denied'
}
