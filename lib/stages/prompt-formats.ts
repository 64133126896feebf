/** A whole number that JavaScript holds exactly, given as a number or as text; undefined where it is none. */
export function readInteger (value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\s*[-+]?\d{1,16}\s*$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined
}

const TRUE_TEXTS = new Set(['t', 'y', 'yes', 'true', 'on', '1'])
const FALSE_TEXTS = new Set(['f', 'n', 'no', 'false', 'off', '0', ''])

/** A boolean as itself, as 1 or 0, or as one of the texts that forms send; undefined where it is none. */
export function readBoolean (value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).toLowerCase() : 'none'
  if (TRUE_TEXTS.has(text)) return true
  return FALSE_TEXTS.has(text) ? false : undefined
}

/** Whether the text is a day that exists, as YYYY-MM-DD. */
export function isDate (text: string): boolean {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text)
  if (match === null) return false
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
}

function daysIn (year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  if (month === 2) return leap ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

/** Whether the text is a moment as YYYY-MM-DDThh:mm, with seconds, a fraction and an offset where they are given. */
export function isDateTime (text: string): boolean {
  const match = /^(.{10})[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,6})?)?(?:Z|[+-](\d\d):?(\d\d))?$/i.exec(text)
  if (match === null || !isDate(match[1] ?? '')) return false
  const upTo = (part: number, greatest: number) => Number(match[part] ?? 0) <= greatest
  return upTo(2, 23) && upTo(3, 59) && upTo(4, 59) && upTo(5, 23) && upTo(6, 59)
}

/** Whether the text has the form of an e-mail address: a local part, one `@`, and a host of labels or `localhost`. */
export function isEmail (text: string): boolean {
  const at = text.lastIndexOf('@')
  const [local, host] = [text.slice(0, at), text.slice(at + 1)]
  return at > 0 && text.length <= 320 && isLocalPart(local) && isHost(host)
}

function isLocalPart (local: string): boolean {
  return local.split('.').every((atom) => /^[\w!#$%&'*+/=?^`{}|~-]+$/.test(atom))
}

function isHost (host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true
  const labels = host.split('.')
  return labels.length > 1 && labels.every((label) => /^[a-z0-9\u00a1-\uffff-]{1,63}$/i.test(label) &&
    !label.startsWith('-') && !label.endsWith('-'))
}

/** What is wrong with a file sent as `data:<type>;base64,<content>`; undefined where nothing is. */
export function dataUriFault (text: string): string | undefined {
  if (!/^data:/i.test(text)) return 'Invalid scheme'
  const comma = text.indexOf(',')
  const encoded = comma > 0 && text.slice(0, comma).toLowerCase().endsWith(';base64')
  return encoded && /^[A-Za-z0-9+/]*={0,2}$/.test(text.slice(comma + 1)) ? undefined : 'Invalid encoding'
}
