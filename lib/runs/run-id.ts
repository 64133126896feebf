import { hash } from 'node:crypto'

/**
 * The key of a run in its store. It follows from the session's id and the flow, so that two tabs that start flows at
 * once cannot lose one another's run, whichever session write comes last; and it gives neither away.
 */
export function runId (sessionKey: string, flow: string): string {
  return hash('sha256', `${sessionKey}\n${flow}`, 'base64url')
}
