import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { foldCase } from '../users/user-index.js'

/** The longest identifier that is kept as it was typed, in UTF-16 code units; of a longer one a digest is kept. */
const LONGEST = 128

/** The key that attempts of one run are counted under. */
export const runKey = (run: string): string => `run ${run}`

/**
 * The key that attempts at one identifier are counted under: what was typed, without regard to letter case and to space around
 * it. Not the user that it names, so that two spellings of one user cannot be told from two that are nobody's.
 */
export function identifierKey (identifier: string): string {
  const folded = foldCase(identifier.trim())
  return folded.length <= LONGEST
    ? `identifier =${folded}`
    : `identifier #${createHash('sha256').update(folded, 'utf16le').digest('base64url')}`
}

/** The key that attempts from one address are counted under: of IPv6 the first 64 bits, which one customer has as a whole. */
export function addressKey (address: string): string {
  if (!isIPv6(address)) return `address ${address}`
  const [, v4] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? []
  return `address ${v4 ?? networkOf(address)}`
}

/** The first four groups, each without zeros in front. */
function networkOf (address: string): string {
  const [plain = ''] = address.split('%', 1)
  const [head = '', tail] = plain.split('::', 2)
  const groups = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  // Dotted decimals at the end stand for two groups.
  const rightLength = right.length + (right.at(-1)?.includes('.') === true ? 1 : 0)
  const middle = Array.from({ length: Math.max(8 - groups.length - rightLength, 0) }, () => '0')
  const network = [...groups, ...tail === undefined ? [] : middle, ...right].slice(0, 4)
  return `${network.map((group) => parseInt(group, 16).toString(16)).join(':')}::/64`
}
