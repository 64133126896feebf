import { h } from './dom.js'

/** The absolute form of a URL that may be followed (http and https only), or null. */
export function followable (url: string): URL | null {
  if (url === '' || !URL.canParse(url, location.href)) return null
  const target = new URL(url, location.href)
  return target.protocol === 'http:' || target.protocol === 'https:' ? target : null
}

/** A link, or null where there is no URL that may be followed. */
export function link (label: string, url: string): HTMLAnchorElement | null {
  const target = followable(url)
  return target === null ? null : h('a', { href: target.href }, label)
}

/** The row of links below a form; null where none is left. */
export function linkRow (...links: ReadonlyArray<HTMLAnchorElement | null>): HTMLElement | null {
  const present = links.filter((item) => item !== null)
  return present.length === 0 ? null : h('p', { class: 'links' }, ...present)
}
