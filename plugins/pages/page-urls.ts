import type { PageFiles } from './static-files.js'

/** What a page loads. */
export interface PageUrls {
  readonly styleSheets: readonly string[]
  /** The entry script. */
  readonly script: string
  /** What the entry script imports: asked for at once, instead of one after the other. */
  readonly modules: readonly string[]
  /** The module that holds the texts. */
  readonly texts: string
}

/** The entry scripts of the pages: a flow, a flow with the inspector beside it, and the inspector alone. */
export type PageEntry = 'flow' | 'flow-inspected' | 'inspector'

/** The name of the module that holds a language's texts. */
export function textsFile (tag: string): string {
  return `texts-${tag}.js`
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
    const texts = this.#url(textsFile(tag))
    const styles = ['flow.css', ...entry === 'flow' ? [] : ['inspector.css'], 'theme.css']
    return {
      styleSheets: styles.filter((name) => this.#files.code.has(name)).map((name) => this.#url(name)),
      script: this.#url(`${entry}.js`),
      modules: [texts, ...(this.#files.imports.get(entry) ?? []).map((name) => this.#url(name))],
      texts
    }
  }

  #url (name: string): string {
    return `${this.#folder}/${name}`
  }
}
