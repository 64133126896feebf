import { StoreUnavailableError } from '../errors.js'

/** Replies of a server that cannot do it at the moment, and will again. */
const PASSING = /^(?:OOM|LOADING|READONLY|BUSY|LATE|MASTERDOWN|NOREPLICAS|CLUSTERDOWN|TRYAGAIN|MISCONF|ERR max number)\b/

/** Any other reply begins with its code; what a client says of its connection does not. */
const REPLY = /^[A-Z]{2,} /

/** Tells whether the server does not know the script. */
export function isUnknownScript (error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT')
}

/** Tells whether the server refused a command because its deadline was over. */
export function isLate (error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('LATE')
}

/** What a client threw, as the package's error where the store cannot be used at the moment; anything else as it is. */
export function storeFault (error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof StoreUnavailableError) return error
  if (!PASSING.test(error.message) && REPLY.test(error.message)) return error
  return new StoreUnavailableError(error.message, { cause: error })
}
