import { waitingPlace, type PageFlow, type PageSetting } from './flow-page.js'
import { html } from './html.js'
import { documentTitle, scriptLinks, wholePage } from './page-head.js'

/** The inspector alone, for a second window of the browser that walks the flow. */
export function inspectorPage (flow: PageFlow, { apiPrefix, urls, brand, words }: PageSetting): string {
  const { inspector } = words.texts
  const title = documentTitle(`${inspector}: ${words.say(flow.title)}`, brand)
  return wholePage(title, words, urls, scriptLinks(urls), html`<div id="flow" data-alone="true"
  data-api-prefix="${apiPrefix}" data-slug="${flow.slug}" data-texts="${urls.texts}">
<main id="inspector" aria-label="${inspector}">${waitingPlace(words)}
<noscript><p class="alert error">${words.texts.needsScript}</p></noscript>
</main>
</div>`)
}
