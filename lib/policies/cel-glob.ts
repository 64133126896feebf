import { ExpressionError } from '../errors.js'

/** The greatest length of a pattern, in UTF-16 code units. */
export const GLOB_MAX_PATTERN = 256

/** The greatest length of what a pattern is held against, in UTF-16 code units. */
export const GLOB_MAX_TEXT = 8192

/**
 * Tells whether a whole text fits a pattern, in which `*` stands for any run of characters and `?` for one character;
 * everything else stands for itself.
 *
 * Only the last `*` is ever tried again, so the steps are at most the product of both lengths, which are bounded.
 *
 * @throws ExpressionError where either is too long.
 */
export function glob (text: string, pattern: string): boolean {
  if (pattern.length > GLOB_MAX_PATTERN) throw new ExpressionError(`a glob pattern is longer than ${GLOB_MAX_PATTERN} characters`)
  if (text.length > GLOB_MAX_TEXT) throw new ExpressionError(`a text given to glob is longer than ${GLOB_MAX_TEXT} characters`)
  let at = 0
  let inPattern = 0
  let star = -1
  let restart = 0
  while (at < text.length) {
    if (pattern[inPattern] === '*') {
      star = inPattern++
      restart = at
    } else if (pattern[inPattern] === '?' || pattern[inPattern] === text[at]) {
      inPattern++
      at++
    } else if (star !== -1) {
      inPattern = star + 1
      at = ++restart
    } else {
      return false
    }
  }
  while (pattern[inPattern] === '*') inPattern++
  return inPattern === pattern.length
}
