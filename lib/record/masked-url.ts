import { isSecretKey } from '../context/sanitise.js'
import { MASK } from '../context/sensitive.js'

/** URLs within the parameters of URLs that are looked into; what is deeper is masked as a whole. */
const MAX_DEPTH = 8

/** A text with what it held masked, and that in clear: for what quotes it. */
export interface MaskedText {
  readonly text: string
  readonly secrets: readonly string[]
}

/** A query with the values of secret parameters masked, also of those of the URLs that are values of it. */
export function maskedQuery (query: string): MaskedText {
  const secrets: string[] = []
  return { text: maskedParameters(query, '&', 0, secrets), secrets }
}

/**
 * A text with the values of secret parameters masked, where it is a URL; any other text is as it was. Masked once more it stays
 * the same, so that what was recorded of a URL is also what is made of the recorded one.
 */
export function maskedUrl (text: string): string {
  return masked(text, 0, [])
}

function masked (text: string, depth: number, secrets: string[]): string {
  const start = text.search(/[?#]/) + 1
  return start === 0 ? text : text.slice(0, start) + maskedParameters(text.slice(start), '&#', depth, secrets)
}

/** Only what is masked is written anew: the rest keeps the spelling that it has. */
function maskedParameters (text: string, separators: '&' | '&#', depth: number, secrets: string[]): string {
  return text.split(separators === '&' ? /(&)/ : /([&#])/).map((parameter) => maskedParameter(parameter, depth, secrets)).join('')
}

function maskedParameter (parameter: string, depth: number, secrets: string[]): string {
  const at = parameter.indexOf('=')
  if (at === -1) return parameter
  const [name, encoded] = [parameter.slice(0, at), parameter.slice(at + 1)]
  const value = decoded(encoded)
  if (value === '' || value === MASK) return parameter
  if (isSecretKey(decoded(name)) || (depth === MAX_DEPTH && value.includes('='))) {
    secrets.push(value, encoded, asParameter(value))
    return `${name}=${MASK}`
  }
  const within = depth === MAX_DEPTH ? value : masked(value, depth + 1, secrets)
  return within === value ? parameter : `${name}=${asParameter(within)}`
}

function asParameter (value: string): string {
  return new URLSearchParams({ v: value }).toString().slice('v='.length)
}

/** What a part of a query stands for, read as leniently as URLs are. */
function decoded (part: string): string {
  return new URLSearchParams(`v=${part.replaceAll('&', '%26')}`).get('v') ?? ''
}
