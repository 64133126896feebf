import { hash } from 'node:crypto'
import type { RunStore } from './run-store.js'

/**
 * The key of a run in its store. It follows from the session's id and the flow, so that two tabs that start flows at
 * once cannot lose one another's run, whichever session write comes last. It gives neither away, unless the store hides it.
 */
export function runId ({ hidesIds }: Pick<RunStore, 'hidesIds'>, sessionKey: string, flow: string): string {
  const named = `${sessionKey}\n${flow}`
  return hidesIds === true ? named : hash('sha256', named, 'base64url')
}
