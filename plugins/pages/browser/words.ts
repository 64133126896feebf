import type { PageTexts } from '../texts/language.js'
import { translator } from '../texts/translate.js'

export type Texts = PageTexts

/** What the page says: its own texts, and those of the server in the page's language. */
export interface Words {
  readonly texts: Texts
  say (text: string): string
}

interface TextsFile {
  readonly texts: Texts
  readonly messages: Readonly<Record<string, string>>
}

/** Loads the texts of the page's language. */
export async function loadWords (url: string): Promise<Words> {
  const answer = await fetch(url)
  const { texts, messages }: TextsFile = await answer.json()
  return { texts, say: translator(messages) }
}
