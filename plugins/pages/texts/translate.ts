import { fill } from '../../../lib/fill-text.js'

/** A text with values in it, as a pattern of what it is once it is filled in. */
interface Template {
  readonly pattern: RegExp
  /** What the groups of the pattern stand for, in their order. */
  readonly names: readonly string[]
}

/** Reads a text with `{name}` in it, which may be a number; a name that comes again stands for the same value. */
function templateOf (text: string): Template {
  const names: string[] = []
  const groupFor = (name: string): string => {
    const known = names.indexOf(name)
    return known < 0 ? `(?<value${names.push(name) - 1}>.+?)` : `\\k<value${known}>`
  }
  const parts = text.split(/\{(\w+)\}/)
  const pattern = parts.map((part, index) => index % 2 === 1 ? groupFor(part) : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return { pattern: new RegExp(`^${pattern.join('')}$`, 's'), names }
}

/**
 * Translates what the server says, by its English text. A key may have `{name}` where the server has put a value; the
 * translation says where that goes. What no key fits stays as it is.
 */
export function translator (messages: Readonly<Record<string, string>>): (text: string) => string {
  const exact = new Map(Object.entries(messages))
  const templates = [...exact].filter(([key]) => /\{\w+\}/.test(key)).map(([key, text]) => ({ ...templateOf(key), text }))
  return (text) => {
    const known = exact.get(text)
    if (known !== undefined) return known
    for (const { pattern, names, text: translation } of templates) {
      const match = pattern.exec(text)
      if (match !== null) return fill(translation, Object.fromEntries(names.map((name, index) => [name, match[index + 1] ?? ''])))
    }
    return text
  }
}
