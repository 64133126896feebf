/** The parts of the page and the settings that the server put into it. */
export interface Page {
  readonly root: HTMLElement
  readonly backdrop: HTMLImageElement
  readonly title: HTMLElement
  readonly alert: HTMLElement
  readonly stage: HTMLElement
  readonly inspector: HTMLElement
  readonly apiPrefix: string
  readonly slug: string
  readonly brand: string
  readonly compatibilityMode: boolean
  readonly inspectorOpen: boolean
  /** The page's own query without the question mark. */
  readonly query: string
}

function part<Kind extends HTMLElement> (id: string, kind: new () => Kind): Kind {
  const element = document.getElementById(id)
  if (element instanceof kind) return element
  throw new Error(`The page has no #${id}`)
}

export function readPage (): Page {
  const root = part('flow', HTMLElement)
  const { apiPrefix = '', slug = '', brand = '', compatibility, inspector } = root.dataset
  return {
    root,
    backdrop: part('backdrop', HTMLImageElement),
    title: part('title', HTMLElement),
    alert: part('alert', HTMLElement),
    stage: part('stage', HTMLElement),
    inspector: part('inspector', HTMLElement),
    apiPrefix,
    slug,
    brand,
    compatibilityMode: compatibility === 'true',
    inspectorOpen: inspector === 'true',
    query: location.search.slice(1)
  }
}
