import type { english } from './english.js'

/** The texts of the pages, by name. */
export type PageTexts = Readonly<Record<keyof typeof english, string>>

/** What the pages say in one language. */
export interface Language {
  /** The pages' own texts; where one is left out, it is in English. */
  readonly texts?: Partial<PageTexts>
  /**
   * What comes from the server, by its English text: messages of stages and policies, titles and labels of your flows. A key may
   * have `{name}` where the server has put a value.
   */
  readonly messages?: Readonly<Record<string, string>>
}
