/**
 * Tells whether a browser may be sent there: an absolute http(s) URL without credentials, or a path of this origin.
 *
 * Whatever a browser would read otherwise than it looks is none: backslashes and control characters (browsers turn or drop
 * them), `//host`, and both in encoded form at the start, which proxies decode.
 */
export function isRedirectTarget (target: string): boolean {
  if (/[^\x21-\x7e\xa1-\uffff]|\\/.test(target)) return false
  if (target.startsWith('/')) return !/^\/(?:\/|%2f|%5c)/i.test(target)
  return isWebUrl(target)
}

function isWebUrl (target: string): boolean {
  if (!/^https?:\/\/[^/]/i.test(target) || !URL.canParse(target)) return false
  const { username, password } = new URL(target)
  return username === '' && password === ''
}
