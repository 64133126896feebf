import type { Texts } from './words.js'

/** What has become of a binding, in words. */
export function stateWord (state: string, texts: Texts): string {
  const words: ReadonlyMap<string, string> = new Map([
    ['passed', texts.statePassed], ['current', texts.stateCurrent], ['planned', texts.statePlanned], ['left_out', texts.stateLeftOut],
    ['taken_out', texts.stateTakenOut], ['not_reached', texts.stateNotReached]
  ])
  return words.get(state) ?? state
}

/** What a policy said, in words. */
export function verdictWord (result: string, texts: Texts): string {
  const words: ReadonlyMap<string, string> = new Map([
    ['pass', texts.verdictPass], ['fail', texts.verdictFail], ['error', texts.verdictError], ['cancelled', texts.verdictCancelled],
    ['not_asked', texts.verdictNotAsked]
  ])
  return words.get(result) ?? result
}

/** The sign of a binding's state in the picture. */
export function stateMark (state: string): string {
  const marks: ReadonlyMap<string, string> = new Map([['passed', '✓'], ['current', '●'], ['left_out', '–'], ['taken_out', '✕']])
  return marks.get(state) ?? ''
}
