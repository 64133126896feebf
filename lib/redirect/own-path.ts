const MAX_LENGTH = 4096
/** How often a path may be percent-encoded over; nothing that is meant honestly is encoded more often. */
const MAX_ROUNDS = 4
/** Any origin does: a target that is a path resolves against all of them alike. */
const ORIGIN = 'https://host.example'

/** Characters that browsers drop or stop at, and halves of characters, which have no percent-encoding. */
const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u

/** The text with what is percent-encoded ASCII decoded: no other character takes a browser elsewhere. */
function decodeOnce (text: string): string {
  return text.replace(/%([0-7][0-9a-f])/gi, (_match, digits: string) => String.fromCharCode(parseInt(digits, 16)))
}

/** Whether a browser takes this path as a path of the page's own origin, however it resolves its dots. */
function staysHere (path: string): boolean {
  if (!/^\/(?![/\\])/.test(path) || UNFIT.test(path) || path.includes('\\')) return false
  const url = new URL(path, ORIGIN)
  return url.origin === ORIGIN && !url.pathname.startsWith('//')
}

/** Whether the path stays here as it is written and as whoever decodes it on the way may read it. */
function staysHereDecoded (path: string): boolean {
  let seen = path
  for (let round = 0; round <= MAX_ROUNDS; round += 1) {
    if (!staysHere(seen)) return false
    const decoded = decodeOnce(seen)
    if (decoded === seen) return true
    seen = decoded
  }
  return false
}

/**
 * The target as it is, where it is a path of the page's own origin (with a query and a fragment, if it likes), at most 4096
 * characters long; undefined for everything that a browser would take elsewhere: contract, section 5.
 */
export function checkRedirect (target: string | null | undefined): string | undefined {
  if (typeof target !== 'string' || target.length > MAX_LENGTH || UNFIT.test(target)) return undefined
  const [path = ''] = target.split(/[?#]/, 1)
  return staysHereDecoded(path) ? target : undefined
}
