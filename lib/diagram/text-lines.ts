function shortened (characters: readonly string[], width: number): string {
  return characters.length <= width ? characters.join('') : `${characters.slice(0, width - 1).join('').trimEnd()}…`
}

/** A text on one line of so many characters; what is too long ends in an ellipsis. */
export function oneLine (text: string, width: number): string {
  return shortened([...text.replace(/\s+/gu, ' ').trim()], width)
}

/** A text on lines of so many characters, broken between words where it can be; what is too long ends in an ellipsis. */
export function textLines (text: string, width: number, limit: number): string[] {
  const lines: string[] = []
  let rest = [...text.replace(/\s+/gu, ' ').trim()]
  while (rest.length > 0 && lines.length < limit - 1) {
    const space = rest.length <= width ? rest.length : rest.lastIndexOf(' ', width)
    const end = space > 0 ? space : width
    lines.push(rest.slice(0, end).join(''))
    rest = rest.slice(rest[end] === ' ' ? end + 1 : end)
  }
  return rest.length === 0 ? lines : [...lines, shortened(rest, width)]
}
