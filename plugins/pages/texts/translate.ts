import { fill } from '../../../lib/fill-text.js'

/** A text with `{name}` in it as the pattern of what it is once it is filled in. */
function patternOf (text: string): RegExp {
  const parts = text.split(/\{(\w+)\}/)
  const pattern = parts.map((part, index) => index % 2 === 1 ? `(?<${part}>.+?)` : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${pattern.join('')}$`, 's')
}

/**
 * Translates what the server says, by its English text. A key may have `{name}` where the server has put a value; the
 * translation says where that goes. What no key fits stays as it is.
 */
export function translator (messages: Readonly<Record<string, string>>): (text: string) => string {
  const exact = new Map(Object.entries(messages))
  const patterns = [...exact].filter(([key]) => /\{\w+\}/.test(key)).map(([key, text]) => ({ pattern: patternOf(key), text }))
  return (text) => {
    const known = exact.get(text)
    if (known !== undefined) return known
    for (const { pattern, text: translation } of patterns) {
      const match = pattern.exec(text)
      if (match !== null) return fill(translation, match.groups ?? {})
    }
    return text
  }
}
