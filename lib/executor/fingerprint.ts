import type { Sealer } from '../context/seal.js'
import { isRecord } from '../is-record.js'

/** Characters of a keyed fingerprint. */
const LENGTH = 64

/** A body with its JSON. */
export interface SentBody {
  readonly body: unknown
  readonly text: string
}

/**
 * Tells equal bodies of one run: by a keyed fingerprint, bound to the run, so that the store learns nothing of what was typed. A
 * body that only names its component says nothing that would have to be hidden, and is its own.
 *
 * @param run the run's id; '' where there is none.
 */
export function fingerprintOf (sealer: Pick<Sealer, 'tag'>, run: string, { body, text }: SentBody): string {
  return text.length < LENGTH && namesComponentOnly(body) ? text : sealer.tag(`${run}\n${text}`)
}

function namesComponentOnly (body: unknown): boolean {
  return isRecord(body) && Object.hasOwn(body, 'component') && Object.keys(body).length === 1
}
