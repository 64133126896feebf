/** The path of the page that walks a flow, with the query of the page that leads there. */
export function flowPage (slug: string, query = new URLSearchParams()): string {
  const search = query.toString()
  return `/if/flow/${slug}/${search === '' ? '' : `?${search}`}`
}
