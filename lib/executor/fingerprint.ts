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
 * Tells equal bodies sent to one run: by a keyed fingerprint, so that the store learns nothing of what was typed. A body that
 * only names a component says nothing that would have to be hidden, and is its own. Those of two runs are not to be compared.
 *
 * @param run the run's id; '' where there is none.
 */
export function fingerprintOf (sealer: Pick<Sealer, 'tag'>, run: string, { body, text }: SentBody): string {
  return namesComponentOnly(body) && text.length < LENGTH ? text : sealer.tag(`${run}\n${text}`)
}

function namesComponentOnly (body: unknown): boolean {
  if (!isRecord(body) || Object.keys(body).length !== 1) return false
  return Object.hasOwn(body, 'component') && typeof body['component'] === 'string'
}
