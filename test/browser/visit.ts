import { mkdir } from 'node:fs/promises'
import axe, { type Result } from 'axe-core'
import type { FastifyInstance } from 'fastify'
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import type { Test } from 'tap'
import { launch } from './chromium.js'

const PICTURES = new URL('../../.tap/screenshots/', import.meta.url)

/** A browser on a server that listens, and what it complained about. */
export interface Visit {
  readonly url: string
  readonly context: BrowserContext
  readonly page: Page
  /** Errors in the console, uncaught errors, breaches of the content security policy, requests to elsewhere. */
  readonly complaints: readonly string[]
  /** Complaints that a test brings about, which are then none. */
  readonly expected: RegExp[]
}

/** Notes what goes wrong on a page, other than what the test brings about by itself. */
function listen (page: Page, url: string, complaints: string[], expected: readonly RegExp[]): void {
  const complain = (text: string): void => {
    if (!expected.some((pattern) => pattern.test(text))) complaints.push(text)
  }
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complain(`${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', (error) => complain(error.message))
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(url)) complain(request.url())
  })
}

/** Opens a browser on a server. At the end of the test nothing may have been complained about. */
export async function visit (
  t: Test, app: FastifyInstance, executablePath: string, options: BrowserContextOptions = {}
): Promise<Visit> {
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const context = await launch(t, executablePath, { locale: 'en-GB', ...options })
  context.setDefaultTimeout(60_000)
  const complaints: string[] = []
  // Chromium asks for an icon of what is no page.
  const expected: RegExp[] = [/favicon\.ico/]
  context.on('page', (page) => listen(page, url, complaints, expected))
  const page = await context.newPage()
  return { url, context, page, complaints, expected }
}

/** What axe-core finds on a page that is serious or worse, in words. */
export async function seriousFaults (page: Page): Promise<string[]> {
  // Evaluated by the debugger, which no content security policy holds back.
  await page.evaluate(axe.source)
  const violations = await page.evaluate<Result[]>('axe.run().then(({ violations }) => violations)')
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`))
}

/** Whether a page needs no scrolling from side to side, and its card, which hides what sticks out, cuts nothing off. */
export async function fitsWidth (page: Page): Promise<boolean> {
  return await page.evaluate(`[document.documentElement, ...document.querySelectorAll('.card')]
    .every(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)`)
}

/** The text of what has the focus: its label, or itself. */
export async function focused (page: Page): Promise<string> {
  return await page.evaluate('document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent')
}

/** Puts a picture of the page where people look at it; nothing depends on it. */
export async function picture (page: Page, name: string): Promise<void> {
  await mkdir(PICTURES, { recursive: true })
  // Without the photograph behind it a picture takes a third of the room.
  await page.evaluate("document.getElementById('backdrop')?.setAttribute('hidden', '')")
  await page.screenshot({ path: new URL(`${name}.png`, PICTURES).pathname, animations: 'disabled' })
}
