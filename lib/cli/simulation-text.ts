import { explanationText } from '../explain/explanation-text.js'
import type { Simulation } from '../simulate/simulate.js'

/** A dry walk as people read it. */
export function simulationText ({ explanation, effects, challenges, unusedAnswers }: Simulation, isWalk: boolean): string {
  const shown = challenges.map((challenge) => `  ${String(challenge['component'])}${errorsOf(challenge)}`)
  return [
    explanationText(explanation),
    ...isWalk ? ['Shown:', ...shown] : [],
    ...effects.length === 0 ? [] : ['Would have changed:', ...effects.map(({ effect, details }) => `  ${effect} ${JSON.stringify(details)}`)],
    ...unusedAnswers === 0 ? [] : [`Answers left over: ${unusedAnswers}`]
  ].join('\n')
}

function errorsOf ({ response_errors: errors }: Readonly<Record<string, unknown>>): string {
  return errors === undefined ? '' : ` ${JSON.stringify(errors)}`
}
