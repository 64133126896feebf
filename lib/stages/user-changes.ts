import { Opaque } from '../context/opaque.js'
import { leavesOf, Sensitive } from '../context/sensitive.js'
import { isPlainObject } from '../plain-object.js'
import { attributePath, mergedAttributes, withAttribute } from './user-attributes.js'

/** What prompt data says about a user. */
export interface EnteredUser {
  readonly username?: string
  readonly name?: string
  readonly email?: string
  /** All attributes, those that were there before included; left out where none was entered. */
  readonly attributes?: Readonly<Record<string, unknown>>
  /** Null where a password was entered but is not there any more, or is blank. */
  readonly password?: Sensitive | null
}

/**
 * Takes from prompt data what may be written to a user: `username`, `name`, `email`, `password`, `attributes` and the paths
 * below it. Everything else (whether somebody is active, groups, primary keys) is passed over whatever it says, and so
 * is a secret under any key but `password`, because it would be stored in clear.
 *
 * @throws TypeError where an attribute holds what a run's context could not keep.
 */
export function enteredUser (data: Readonly<Record<string, unknown>>, before: Readonly<Record<string, unknown>>): EnteredUser {
  const attributes = enteredAttributes(data, before)
  return {
    ...textUnder(data, 'username'),
    ...textUnder(data, 'name'),
    ...textUnder(data, 'email'),
    ...(attributes === before ? {} : { attributes }),
    ...(Object.hasOwn(data, 'password') ? { password: readPassword(data.password) } : {})
  }
}

function textUnder<Key extends string> (data: Readonly<Record<string, unknown>>, key: Key): { [K in Key]?: string } {
  const value = Object.hasOwn(data, key) ? data[key] : undefined
  const text = typeof value === 'number' ? String(value) : value
  const entered: { [K in Key]?: string } = {}
  if (typeof text === 'string') entered[key] = text
  return entered
}

function enteredAttributes (
  data: Readonly<Record<string, unknown>>, before: Readonly<Record<string, unknown>>
): Readonly<Record<string, unknown>> {
  let attributes = before
  for (const [key, value] of Object.entries(data)) {
    if (value instanceof Sensitive || value === undefined) continue
    const path = attributePath(key)
    if ((path !== undefined || key === 'attributes') && holdsOpaque(value)) throw new TypeError('A value was too much to be kept')
    if (path !== undefined) attributes = withAttribute(attributes, path, value)
    else if (key === 'attributes' && isPlainObject(value)) attributes = mergedAttributes(attributes, value)
  }
  return attributes
}

/** Whether something stands in a value, at whatever depth, for what could not be kept: nobody has entered that. */
function holdsOpaque (value: unknown): boolean {
  return leavesOf(value).some((leaf) => leaf instanceof Opaque)
}

function readPassword (value: unknown): Sensitive | null {
  if (typeof value === 'string') return value === '' ? null : new Sensitive(value)
  return value instanceof Sensitive && (value.reveal() ?? '') !== '' ? value : null
}
