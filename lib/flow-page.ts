/** Characters that the query of such a page may have: with more the executor answers no request. */
export const MAX_PAGE_QUERY = 8192

/** The path of the page that walks a flow, with the query of the page that leads there. */
export function flowPage (slug: string, query = new URLSearchParams()): string {
  const search = query.toString()
  return `/if/flow/${slug}/${search === '' ? '' : `?${search}`}`
}
