import type { Subject } from '../model/user.js'
import type { Services } from '../services.js'

/**
 * Somebody who is not stored: an identifier that matched nobody. Looks to policies as like an ordinary user as can be,
 * so that what they say does not tell who exists.
 */
export function unsavedSubject (identifier: string, { newId, now }: Pick<Services, 'newId' | 'now'>): Subject {
  return Object.freeze({
    pk: null,
    uuid: newId(),
    username: identifier,
    name: '',
    email: identifier,
    isActive: true,
    isSuperuser: false,
    groups: Object.freeze([]),
    attributes: Object.freeze({}),
    passwordChangeDate: new Date(now()).toISOString(),
    hasUsablePassword: true
  })
}
