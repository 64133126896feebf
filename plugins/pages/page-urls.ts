import type { PageFiles } from './static-files.js'

/** What a page loads. */
export interface PageUrls {
  readonly styleSheets: readonly string[]
  /** The entry script. */
  readonly script: string
  /** What the entry script imports: asked for at once, instead of one after the other. */
  readonly modules: readonly string[]
  /** The file that holds the texts. */
  readonly texts: string
}

/** The entry scripts of the pages: a flow, a flow with the inspector beside it, and the inspector alone. */
export type PageEntry = 'flow' | 'flow-inspected' | 'inspector'

/** The name of the file that holds a language's texts. */
export function textsFile (tag: string): string {
  return `texts-${tag}.json`
}

/** Finds the URLs of the pages' files. The folder's name has the version in it: that is all that caches need. */
export class PageLinks {
  readonly #files: PageFiles
  readonly #folder: string

  constructor (files: PageFiles, prefix: string) {
    this.#files = files
    this.#folder = `${prefix}/static/flow-planner/${files.version}`
  }

  /** What a page with an entry script loads, in a language. */
  urlsOf (entry: PageEntry, tag: string): PageUrls {
    const styles = ['flow.css', ...entry === 'flow' ? [] : ['inspector.css'], 'theme.css']
    return {
      styleSheets: styles.filter((name) => this.#files.code.has(name)).map((name) => this.#url(name)),
      script: this.#url(`${entry}.js`),
      modules: (this.#files.imports.get(entry) ?? []).map((name) => this.#url(name)),
      texts: this.#url(textsFile(tag))
    }
  }

  #url (name: string): string {
    return `${this.#folder}/${name}`
  }
}
