import type { Flow } from '../../lib/model/flow.js'
import type { Brand } from './brand.js'
import { html, type RawHtml } from './html.js'
import { brandLine, documentTitle, scriptLinks, wholePage } from './page-head.js'
import type { PageUrls } from './page-urls.js'
import type { Words } from './texts/dictionary.js'

/** What the page of a flow needs to know of it. */
export interface PageFlow {
  readonly title: string
  readonly slug: string
  readonly layout: Flow['layout']
  /** URL of the background image. */
  readonly background: string
  /** Offers password managers name and password together. */
  readonly compatibilityMode: boolean
}

/** What stands on a page besides its flow. */
export interface PageSetting {
  readonly apiPrefix: string
  readonly urls: PageUrls
  readonly brand: Brand
  readonly words: Words
}

/** What stands in the place of a step until it is there; after a while, with a way on. */
export function waitingPlace ({ texts }: Words): RawHtml {
  return html`<div class="waiting"><p role="status">${texts.loading}</p><div class="bone"></div><div class="bone"></div>
<p class="slow">${texts.slow} <a href="">${texts.reloadPage}</a></p></div>`
}

/** The HTML around the challenges of a flow. Everything in it is escaped; scripts and styles are files of their own. */
export function flowPage (flow: PageFlow, { apiPrefix, urls, brand, words }: PageSetting, inspector: boolean): string {
  const title = words.say(flow.title)
  return wholePage(documentTitle(title, brand), words, urls, scriptLinks(urls), html`<div id="flow" data-layout="${flow.layout}" data-api-prefix="${apiPrefix}" data-slug="${flow.slug}"
  data-brand="${brand.title ?? ''}" data-texts="${urls.texts}" data-compatibility="${String(flow.compatibilityMode)}" data-inspector="${String(inspector)}">
<img id="backdrop" src="${flow.background}" alt="">
<main>
<div class="card">
${brandLine(brand)}
<h1 id="title" tabindex="-1">${title}</h1>
<div id="alert" role="alert"></div>
<div id="stage" role="group" aria-busy="true" aria-labelledby="title">${waitingPlace(words)}</div>
<noscript><p class="alert error">${words.texts.needsScript}</p></noscript>
</div>
</main>
${inspector ? html`<aside id="inspector" aria-label="${words.texts.inspector}"></aside>` : html``}
</div>`)
}
