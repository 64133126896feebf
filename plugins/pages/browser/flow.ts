import { readPage } from './page.js'
import { walkFlow } from './walk-flow.js'
import { loadWords } from './words.js'

const page = readPage()
await walkFlow(page, await loadWords(page.texts), { isOpen: false, refresh: () => undefined })
