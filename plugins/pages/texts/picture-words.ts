import type { PictureWords } from '../../../lib/diagram/run-picture.js'
import type { Words } from './dictionary.js'

/** What a run's picture says in a language. */
export function pictureWords ({ texts, say }: Words): PictureWords {
  return {
    states: {
      passed: texts.statePassed,
      current: texts.stateCurrent,
      planned: texts.statePlanned,
      left_out: texts.stateLeftOut,
      taken_out: texts.stateTakenOut,
      not_reached: texts.stateNotReached
    },
    verdicts: {
      pass: texts.verdictPass,
      fail: texts.verdictFail,
      error: texts.verdictError,
      cancelled: texts.verdictCancelled,
      not_asked: texts.verdictNotAsked
    },
    negated: texts.negated,
    end: texts.flowEnd,
    say
  }
}
