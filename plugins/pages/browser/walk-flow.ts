import { Executor, type Onlooker } from './executor.js'
import type { Page } from './page.js'
import type { Words } from './words.js'

/** Walks the page's flow, from the challenge that it stands at. */
export async function walkFlow (page: Page, words: Words, onlooker: Onlooker): Promise<void> {
  const executor = new Executor(page, words, onlooker)
  // A page that comes back by the browser's own history shows a step that may long be over.
  window.addEventListener('pageshow', (event) => event.persisted ? executor.load() : undefined)
  await executor.load()
}
