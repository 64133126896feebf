import { Inspector } from './inspector-panel.js'
import { part, readPlace } from './page.js'
import { loadWords } from './words.js'

const place = readPlace()
const inspector = new Inspector(part('inspector', HTMLElement), place, await loadWords(place.texts))
await inspector.refresh()
