/** A JSON object as it came over the wire: nothing about its members is taken for granted. */
export type Json = Readonly<Record<string, unknown>>

/** What was wrong with one field of an answer. */
export interface FieldError {
  readonly message: string
  readonly code: string
}

/** What was wrong with an answer, by field key. */
export type FieldErrors = ReadonlyMap<string, readonly FieldError[]>

export function isJson (value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A text member; numbers are spelled out, everything else is ''. */
export function textOf (object: Json, key: string): string {
  const value = object[key]
  if (typeof value === 'string') return value
  return typeof value === 'number' ? String(value) : ''
}

export function flagOf (object: Json, key: string): boolean {
  return object[key] === true
}

export function listOf (object: Json, key: string): readonly unknown[] {
  const value = object[key]
  return Array.isArray(value) ? value : []
}

export function textsOf (object: Json, key: string): string[] {
  return listOf(object, key).filter((item) => typeof item === 'string')
}

export function objectsOf (object: Json, key: string): Json[] {
  return listOf(object, key).filter(isJson)
}

/** A member that is an object; an empty one where there is none. */
export function objectOf (object: Json, key: string): Json {
  const value = object[key]
  return isJson(value) ? value : {}
}

/** The `response_errors` of a challenge, in the page's language. */
export function errorsOf (challenge: Json, say: (text: string) => string): FieldErrors {
  const errors = objectOf(challenge, 'response_errors')
  return new Map(Object.keys(errors).map((key) => [key, objectsOf(errors, key).map((error) =>
    ({ message: say(textOf(error, 'string')), code: textOf(error, 'code') }))]))
}
