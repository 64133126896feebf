/** Where the API is, and which flow the page is about: what the server has written into it. */
export interface Place {
  readonly apiPrefix: string
  readonly slug: string
  /** URL of the file that holds the texts. */
  readonly texts: string
}

/** The parts of a flow's page, and its settings. */
export interface Page extends Place {
  readonly root: HTMLElement
  readonly backdrop: HTMLImageElement
  readonly title: HTMLElement
  readonly alert: HTMLElement
  readonly stage: HTMLElement
  readonly brand: string
  readonly compatibilityMode: boolean
  /** The page's own query without the question mark. */
  readonly query: string
}

/** A part of the page, by its id. */
export function part<Kind extends HTMLElement> (id: string, kind: new () => Kind): Kind {
  const element = document.getElementById(id)
  if (element instanceof kind) return element
  throw new Error(`The page has no #${id}`)
}

export function readPlace (): Place {
  const { apiPrefix = '', slug = '', texts = '' } = part('flow', HTMLElement).dataset
  return { apiPrefix, slug, texts }
}

export function readPage (): Page {
  const root = part('flow', HTMLElement)
  const { brand = '', compatibility } = root.dataset
  return {
    ...readPlace(),
    root,
    backdrop: part('backdrop', HTMLImageElement),
    title: part('title', HTMLElement),
    alert: part('alert', HTMLElement),
    stage: part('stage', HTMLElement),
    brand,
    compatibilityMode: compatibility === 'true',
    query: location.search.slice(1)
  }
}
