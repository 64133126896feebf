import type { PageSetting } from './flow-page.js'
import { html } from './html.js'
import { brandLine, documentTitle, wholePage } from './page-head.js'

/** The page that says that there is no such flow. */
export function notFoundPage ({ urls, brand, words }: PageSetting, background: string): string {
  const { notFoundTitle, notFoundText, homePage } = words.texts
  return wholePage(documentTitle(notFoundTitle, brand), words, urls, html``, html`<div id="flow" data-layout="stacked">
<img id="backdrop" src="${background}" alt="">
<main>
<div class="card">
${brandLine(brand)}
<h1>${notFoundTitle}</h1>
<p class="lead">${notFoundText}</p>
<p class="links"><a href="/">${homePage}</a></p>
</div>
</main>
</div>`)
}
