import type { User } from '../model/user.js'
import { foldCase } from './user-index.js'
import type { UserQuery } from './user-store.js'

/** Whether a query finds a user: one of its fields has the value. A blank field identifies nobody. */
export function matchesQuery (user: User, { fields, value, caseInsensitive }: UserQuery): boolean {
  return fields.some((field) => {
    const own = field === 'upn' ? user.attributes['upn'] : user[field]
    if (typeof own !== 'string' || own === '') return false
    return caseInsensitive ? foldCase(own) === foldCase(value) : own === value
  })
}
