import { Executor } from './executor.js'
import { Inspector } from './inspector.js'
import { readPage } from './page.js'
import { english } from './texts.js'

const page = readPage()
const executor = new Executor(page, english, new Inspector(page, english))

// A page that comes back by the browser's own history shows a step that may long be over.
window.addEventListener('pageshow', (event) => event.persisted ? executor.load() : undefined)

await executor.load()
