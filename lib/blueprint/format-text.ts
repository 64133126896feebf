/** Says why a text cannot be filled; it does not come back. */
type Refuse = (what: string) => never

const DIRECTIVE = /%(?:%|([-+ 0]*)(\d{0,3})(?:\.(\d{1,2}))?([a-zA-Z]))/g

/**
 * Fills a printf-style text: `%s`, `%d`, `%i`, `%f`, `%x`, each with flags, width and precision, and `%%`.
 * Booleans and null are written as the original writes them.
 *
 * @param refuse is called where text and values do not fit each other, or the result is longer than `maxLength`.
 */
export function formatText (template: string, values: readonly unknown[], maxLength: number, refuse: Refuse): string {
  let next = 0
  if (template.replace(DIRECTIVE, '').includes('%')) refuse("a '%' without one of s, d, i, f, x or %")
  let length = template.length
  const text = template.replace(DIRECTIVE, (directive, flags: string, width: string, precision: string, type: string) => {
    if (directive === '%%') return '%'
    if (next >= values.length) refuse('not enough values for the text')
    const written = pad(convert(type, values[next++], precision, refuse), flags, Number(width))
    length += written.length
    if (length > maxLength) refuse(`the text is longer than the limit of ${maxLength}`)
    return written
  })
  if (next < values.length) refuse('more values than the text has places for')
  return text
}

function convert (type: string, value: unknown, precision: string | undefined, refuse: Refuse): string {
  const digits = precision === undefined ? undefined : Number(precision)
  switch (type) {
    case 's': return inWords(value, refuse).slice(0, digits)
    case 'd':
    case 'i': return String(Math.trunc(toNumber(value, type, refuse)))
    case 'f': return toNumber(value, type, refuse).toFixed(digits ?? 6)
    case 'x': return Math.trunc(toNumber(value, type, refuse)).toString(16)
    default: return refuse(`'%${type}' is not one of %s, %d, %i, %f, %x and %%`)
  }
}

function inWords (value: unknown, refuse: Refuse): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (value === null) return 'None'
  return refuse('a list or a mapping cannot be put into a text')
}

function toNumber (value: unknown, type: string, refuse: Refuse): number {
  return typeof value === 'number' ? value : refuse(`'%${type}' takes a number`)
}

function pad (text: string, flags: string, width: number): string {
  const signed = flags.includes('+') && /^\d/.test(text) ? `+${text}` : text
  if (flags.includes('-')) return signed.padEnd(width)
  return flags.includes('0') ? signed.padStart(width, '0') : signed.padStart(width)
}
