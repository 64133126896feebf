/**
 * A text by its kind and a code of the wire: `state` and `left_out` give what is under `stateLeftOut`. A code without a text
 * stays as it is.
 */
export function codeText (texts: Readonly<Record<string, string>>, kind: string, code: string): string {
  return texts[kind + code.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())] ?? code
}
