import type { Page, Request, Route } from 'playwright-core'
import t, { type Test } from 'tap'
import { define, defineFlow, stage, user } from '../../plugins/index.js'
import { buildApp } from '../app.js'
import { withChromium } from './chromium.js'
import { picture, seriousFaults, visit, type Visit } from './visit.js'

const definitions = define(
  user('alice', { password: 'open sesame, please' }),
  defineFlow({
    slug: 'walk',
    name: 'Walk',
    title: 'Walk',
    designation: 'stage_configuration',
    stages: [stage('dummy', 'one'), stage('identification', 'who', { userFields: ['username'] }), stage('dummy', 'three')]
  }),
  defineFlow({
    slug: 'consent',
    name: 'Consent',
    title: 'Allow the application?',
    designation: 'authorization',
    stages: [stage('consent', 'agree', { mode: 'always_require' })]
  })
)

const EXECUTOR = '**/api/v3/flows/executor/walk/**'

interface Site extends Visit {
  /** Lets time go by, in minutes. */
  readonly wait: (minutes: number) => void
}

async function visitSite (t: Test, path: string): Promise<Site> {
  let time = Date.now()
  const app = await buildApp(t, { definitions, planner: { pages: true, now: () => time } })
  const visited = await visit(t, app, path)
  return { ...visited, wait: (minutes) => { time += minutes * 60_000 } }
}

const continueButton = (page: Page) => page.getByRole('button', { name: 'Continue' })

/** Holds the requests to the executor back until they are let go. */
async function hold (page: Page): Promise<{ readonly held: Route[], readonly next: () => Promise<Route> }> {
  const held: Route[] = []
  const waiting: Array<(route: Route) => void> = []
  await page.route(EXECUTOR, (route) => {
    held.push(route)
    waiting.shift()?.(route)
  })
  return { held, next: () => new Promise((resolve) => waiting.push(resolve)) }
}

async function slowNetwork (t: Test, path: string): Promise<void> {
  const { page, url, complaints } = await visitSite(t, path)
  const { held, next } = await hold(page)
  const first = next()
  await page.goto(`${url}/if/flow/walk/`)
  const load = await first
  t.equal(await page.getByRole('status').getByText('Loading…').isVisible(), true, 'no empty page while nothing is there yet')
  t.equal(await page.locator('h1').textContent(), 'Walk')
  t.strictSame(await seriousFaults(page), [])
  await load.continue()
  await continueButton(page).waitFor()
  const second = next()
  await continueButton(page).click()
  const post = await second
  t.equal(await page.locator('#stage').getAttribute('aria-busy'), 'true')
  await continueButton(page).focus()
  for (const key of ['Enter', 'Space', 'Enter']) await page.keyboard.press(key)
  t.equal(await page.evaluate('document.activeElement.type'), 'submit', 'the button keeps the focus')
  await post.continue()
  await page.getByLabel('Username').waitFor()
  t.strictSame(held.map((route) => route.request().method()), ['GET', 'POST'], 'what is clicked twice is sent once')
  const body: unknown = post.request().postDataJSON()
  const challenge = await (await load.request().response())?.json()
  t.strictSame(body, {
    component: 'ak-stage-dummy',
    ...challenge.flow_info.step_token === undefined ? {} : { step_token: challenge.flow_info.step_token }
  }, 'the answer names its step')
  t.strictSame(complaints, [])
}

async function brokenNetwork (t: Test, path: string): Promise<void> {
  const { page, url, complaints, expected } = await visitSite(t, path)
  await page.goto(`${url}/if/flow/walk/`)
  await continueButton(page).click()
  const name = page.getByLabel('Username')
  await name.fill('alice')
  const { next } = await hold(page)
  expected.push(/executor/)
  const answers: Array<[(route: Route) => Promise<void>, RegExp]> = [
    [(route) => route.abort(), /cannot be reached/],
    [(route) => route.fulfill({ status: 503, body: 'busy' }), /busy or being looked after/],
    [(route) => route.fulfill({ status: 500, json: { detail: 'secret insides', code: 'error' } }), /could not do this \(status 500\)/],
    [(route) => route.fulfill({ status: 429, headers: { 'retry-after': '42' }, json: {} }), /Try again in 42 seconds/],
    [(route) => route.fulfill({ status: 403, json: { detail: 'The request comes from another site' } }), /comes from another site/],
    [(route) => route.fulfill({ status: 401, body: '' }), /no longer signed in/],
    [(route) => route.fulfill({ status: 200, body: '<html>a proxy</html>' }), /cannot read/]
  ]
  let again = continueButton(page)
  for (const [answer, message] of answers) {
    const asked = next()
    await again.click()
    await answer(await asked)
    await page.getByRole('alert').getByText(message).waitFor()
    t.equal(await name.inputValue(), 'alice', `what was typed stays (${String(message)})`)
    again = page.getByRole('alert').getByRole('button', { name: 'Try again' })
    t.equal(await page.evaluate('document.activeElement.textContent'), 'Try again', 'the way on has the focus')
  }
  t.strictSame(await seriousFaults(page), [])
  await picture(page, 'trouble')
  await page.unroute(EXECUTOR)
  await again.click()
  await page.getByText('Step: three').waitFor()
  t.equal(await page.locator('#alert').textContent(), '')
  t.strictSame(complaints, [])
}

async function expiredRun (t: Test, path: string): Promise<void> {
  const { page, url, complaints, wait } = await visitSite(t, path)
  await page.goto(`${url}/if/flow/walk/`)
  await continueButton(page).click()
  await page.getByLabel('Username').fill('alice')
  wait(31)
  await continueButton(page).click()
  await page.getByRole('alert').getByText('You were away too long, so it starts again from the beginning.').waitFor()
  t.equal(await page.locator('.alert.note').count(), 1, 'it is nobody\'s mistake')
  await page.getByText('Step: one').waitFor()
  await continueButton(page).click()
  await page.getByLabel('Username').waitFor()
  t.equal(await page.locator('#alert').textContent(), '', 'and the flow goes on')
  t.strictSame(complaints, [])
}

async function twoWindows (t: Test, path: string): Promise<void> {
  const { page, context, url, complaints, expected } = await visitSite(t, path)
  await page.goto(`${url}/if/flow/walk/`)
  await continueButton(page).click()
  await page.getByLabel('Username').fill('bob')
  const other = await context.newPage()
  await other.goto(`${url}/if/flow/walk/`)
  await other.getByLabel('Username').fill('alice')
  await continueButton(other).click()
  await other.getByText('Step: three').waitFor()
  expected.push(/409/)
  await continueButton(page).click()
  await page.getByText('Step: three').waitFor()
  t.match(await page.getByRole('alert').textContent(), /answered already/)
  t.strictSame(complaints, [])
}

async function consent (t: Test, path: string): Promise<void> {
  const { page, url, complaints } = await visitSite(t, path)
  const posted: Request[] = []
  page.on('request', (request) => { if (request.method() === 'POST') posted.push(request) })
  await page.goto(`${url}/if/flow/consent/?next=/allowed`)
  const allow = page.getByRole('button', { name: 'Allow' })
  await allow.waitFor()
  t.equal(await page.getByRole('link', { name: 'Cancel' }).isVisible(), true)
  t.strictSame(await seriousFaults(page), [])
  await allow.click()
  await page.waitForURL('**/allowed')
  t.match(posted[0]?.postDataJSON(), { component: 'ak-stage-consent', token: String })
  t.strictSame(complaints.filter((complaint) => !complaint.includes('/allowed')), [])
}

await withChromium(t, async (path) => {
  await t.test('slow network: progress, and one answer only', (t) => slowNetwork(t, path))
  await t.test('broken network and refusals: a message, a way on, and nothing lost', (t) => brokenNetwork(t, path))
  await t.test('a run that expired: a message, and a way on', (t) => expiredRun(t, path))
  await t.test('two windows: the one that comes late is told', (t) => twoWindows(t, path))
  await t.test('consent', (t) => consent(t, path))
})
