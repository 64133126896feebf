const MARKS: ReadonlyMap<string, string> = new Map([['passed', '✓'], ['current', '●'], ['left_out', '–'], ['taken_out', '✕']])

/** The sign of a binding's state in a picture: for whoever does not tell colours apart. */
export function stateMark (state: string): string {
  return MARKS.get(state) ?? ''
}
