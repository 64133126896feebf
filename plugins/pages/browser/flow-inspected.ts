import { Inspector } from './inspector-panel.js'
import { part, readPage } from './page.js'
import { walkFlow } from './walk-flow.js'
import { loadWords } from './words.js'

const page = readPage()
const words = await loadWords(page.texts)
await walkFlow(page, words, new Inspector(part('inspector', HTMLElement), page, words))
