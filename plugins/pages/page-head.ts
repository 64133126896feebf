import type { Brand } from './brand.js'
import { html, joinHtml, type RawHtml } from './html.js'
import type { PageUrls } from './page-urls.js'
import type { Words } from './texts/dictionary.js'

/** The title that a browser's tab shows. */
export function documentTitle (title: string, brand: Brand): string {
  return brand.title === undefined ? title : `${title} - ${brand.title}`
}

/** The logo, or the title where there is none. */
export function brandLine ({ title = '', logo }: Brand): RawHtml {
  if (logo !== undefined) return html`<p class="brand"><img src="${logo}" alt="${title}"></p>`
  return title === '' ? html`` : html`<p class="brand">${title}</p>`
}

/** What asks for the scripts of a page. */
export function scriptLinks ({ modules, script, texts }: PageUrls): RawHtml {
  const preloads = modules.map((url) => html`<link rel="modulepreload" href="${url}">\n`)
  return html`<link rel="preload" href="${texts}" as="fetch" crossorigin>\n${joinHtml(preloads)}<script type="module" src="${script}"></script>\n`
}

/** A page from its first line to its last. */
export function wholePage (title: string, { tag }: Words, urls: PageUrls, more: RawHtml, body: RawHtml): string {
  const styles = urls.styleSheets.map((url) => html`<link rel="stylesheet" href="${url}">\n`)
  return html`<!doctype html>
<html lang="${tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="icon" href="data:,">
${joinHtml(styles)}${more}</head>
<body>
${body}
</body>
</html>
`.text
}
