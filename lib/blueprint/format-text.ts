/** What `!Format` could not do; the message says why. */
export class FormatFault extends Error {}

const DIRECTIVE = /%(?:%|([-+ 0]*)(\d{0,3})(?:\.(\d{1,2}))?([a-zA-Z]))/g

/**
 * Fills a printf-style text: `%s`, `%d`, `%i`, `%f`, `%x`, each with flags, width and precision, and `%%`.
 * Booleans and null are written as the original writes them.
 *
 * @throws FormatFault where text and values do not fit each other, or the result is longer than `maxLength`.
 */
export function formatText (template: string, values: readonly unknown[], maxLength: number): string {
  let next = 0
  if (template.replace(DIRECTIVE, '').includes('%')) throw new FormatFault("a '%' without one of s, d, i, f, x or %")
  let length = template.length
  const text = template.replace(DIRECTIVE, (directive, flags: string, width: string, precision: string, type: string) => {
    if (directive === '%%') return '%'
    if (next >= values.length) throw new FormatFault('not enough values for the text')
    const written = pad(convert(type, values[next++], precision), flags, Number(width))
    length += written.length
    if (length > maxLength) throw new FormatFault(`the text is longer than the limit of ${maxLength}`)
    return written
  })
  if (next < values.length) throw new FormatFault('more values than the text has places for')
  return text
}

function convert (type: string, value: unknown, precision: string | undefined): string {
  const digits = precision === undefined ? undefined : Number(precision)
  switch (type) {
    case 's': return inWords(value).slice(0, digits)
    case 'd':
    case 'i': return String(Math.trunc(toNumber(value, type)))
    case 'f': return toNumber(value, type).toFixed(digits ?? 6)
    case 'x': return Math.trunc(toNumber(value, type)).toString(16)
    default: throw new FormatFault(`'%${type}' is not one of %s, %d, %i, %f, %x and %%`)
  }
}

function inWords (value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (value === null) return 'None'
  throw new FormatFault('a list or a mapping cannot be put into a text')
}

function toNumber (value: unknown, type: string): number {
  if (typeof value !== 'number') throw new FormatFault(`'%${type}' takes a number`)
  return value
}

function pad (text: string, flags: string, width: number): string {
  const signed = flags.includes('+') && /^\d/.test(text) ? `+${text}` : text
  if (flags.includes('-')) return signed.padEnd(width)
  return flags.includes('0') ? signed.padStart(width, '0') : signed.padStart(width)
}
