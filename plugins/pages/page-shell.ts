import type { Flow } from '../../lib/model/flow.js'
import { html, joinHtml, type RawHtml } from './html.js'

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

/** Whose pages these are. */
export interface Brand {
  readonly title?: string
  /** URL of the logo: same origin, https or data, or the page's policy refuses it. */
  readonly logo?: string
}

/** URLs that the page loads from. */
export interface PageUrls {
  readonly apiPrefix: string
  readonly styleSheet: string
  /** The browser's entry module. */
  readonly script: string
  /** The modules that it imports: asked for at once, instead of one after the other. */
  readonly modules: readonly string[]
}

function head (title: string, urls: PageUrls, more: RawHtml): RawHtml {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${urls.styleSheet}">
${more}</head>
`
}

function brandLine (brand: Brand): RawHtml {
  const { title = '', logo } = brand
  if (logo !== undefined) return html`<p class="brand"><img src="${logo}" alt="${title}"></p>`
  return title === '' ? html`` : html`<p class="brand">${title}</p>`
}

function documentTitle (title: string, brand: Brand): string {
  return brand.title === undefined ? title : `${title} - ${brand.title}`
}

/** The HTML around the challenges of a flow. Everything in it is escaped; scripts and styles are files of their own. */
export function flowPage (flow: PageFlow, urls: PageUrls, brand: Brand, inspector: boolean): string {
  const preloads = urls.modules.map((url) => html`<link rel="modulepreload" href="${url}">\n`)
  const script = html`${joinHtml(preloads)}<script type="module" src="${urls.script}"></script>\n`
  return html`${head(documentTitle(flow.title, brand), urls, script)}<body>
<div id="flow" data-layout="${flow.layout}" data-api-prefix="${urls.apiPrefix}" data-slug="${flow.slug}"
  data-brand="${brand.title ?? ''}" data-compatibility="${String(flow.compatibilityMode)}" data-inspector="${String(inspector)}">
<img id="backdrop" src="${flow.background}" alt="">
<main>
<div class="card">
${brandLine(brand)}
<h1 id="title" tabindex="-1">${flow.title}</h1>
<div id="alert" role="alert"></div>
<div id="stage" aria-busy="true" aria-labelledby="title"><div class="waiting" role="status">Loading…</div></div>
<noscript><p class="alert error">This page needs JavaScript. Switch it on, then load the page again.</p></noscript>
</div>
</main>
<aside id="inspector" aria-label="Flow inspector"${inspector ? html`` : html` hidden`}></aside>
</div>
</body>
</html>
`.text
}

/** The page that says that there is no such flow. */
export function notFoundPage (urls: PageUrls, background: string, brand: Brand): string {
  return html`${head(documentTitle('Not found', brand), urls, html``)}<body>
<div id="flow" data-layout="stacked">
<img id="backdrop" src="${background}" alt="">
<main>
<div class="card">
${brandLine(brand)}
<h1>Not found</h1>
<p class="lead">There is no flow at this address. Check it, or ask the people who sent you here.</p>
</div>
</main>
</div>
</body>
</html>
`.text
}
