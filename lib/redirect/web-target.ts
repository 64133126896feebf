import { checkRedirect } from './own-path.js'

/**
 * Tells whether code and definitions may send a browser there: to an absolute http(s) URL without credentials, or to a path
 * of this origin. Whatever a browser would read otherwise than it looks is none of them.
 */
export function isRedirectTarget (target: string): boolean {
  if (/[^\x21-\x7e\xa1-\uffff]|\\/.test(target)) return false
  return checkRedirect(target) !== undefined || isWebUrl(target)
}

function isWebUrl (target: string): boolean {
  if (!/^https?:\/\/[^/]/i.test(target) || !URL.canParse(target)) return false
  const { username, password } = new URL(target)
  return username === '' && password === ''
}
