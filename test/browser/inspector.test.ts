import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { define, defineFlow, policy, replay, stage, user } from '../../plugins/index.js'
import { buildApp } from '../app.js'
import { withChromium } from './chromium.js'
import { fitsWidth, picture, seriousFaults, visit, type Visit } from './visit.js'

const definitions = define(
  user('alice', { name: 'Alice', password: 'open sesame, please' }),
  defineFlow({
    slug: 'sign-in',
    name: 'Sign in',
    title: 'Welcome back',
    designation: 'authentication',
    stages: [
      stage('identification', 'who-are-you', { userFields: ['username'] }),
      stage('password', 'password'),
      {
        stage: stage('dummy', 'notice-for-admins'),
        evaluateOnPlan: true,
        reEvaluatePolicies: false,
        policies: [policy('expression', 'is-admin', { expression: 'host' })]
      },
      {
        stage: stage('dummy', 'terms-of-use'),
        policies: [{ policy: policy('expression', 'ask-the-registry', { expression: 'host' }), failureResult: true }]
      },
      stage('user_login', 'login')
    ]
  }),
  defineFlow({
    slug: 'closed',
    name: 'Closed',
    title: 'Closed',
    designation: 'authorization',
    policies: [policy('expression', 'is-admin', { expression: 'host' })],
    stages: [stage('dummy', 'inside')]
  })
)

const policies = {
  'is-admin': () => ({ passing: false, messages: ['Only for administrators.'] }),
  'ask-the-registry': () => { throw new Error('The registry cannot be reached') }
}

async function site (t: Test, path: string, options = {}): Promise<Visit & { readonly app: FastifyInstance }> {
  const app = await buildApp(t, {
    definitions,
    planner: { pages: true, policies, recordRuns: true, canSimulate: () => true, brand: { title: 'Example Ltd' } },
    routes: (routed) => { routed.get('/', async (_request, reply) => await reply.type('text/html').send('<link rel="icon" href="data:,">front page')) }
  })
  return { app, ...await visit(t, app, path, options) }
}

/** The stops of the picture: name and state. */
const stops = async (page: Page): Promise<string[]> => await page.locator('.stop').evaluateAll(
  (nodes) => nodes.map((node) => `${node.querySelector('.name')?.textContent}: ${node.querySelector('.state')?.textContent}`))

const stopOf = (page: Page, name: string) => page.locator('.stop', { hasText: name })

const stateIs = async (page: Page, name: string, state: string): Promise<void> =>
  await page.locator(`.stop[data-state=${state}]`, { hasText: name }).waitFor()

async function walkTo (page: Page, step: 'password' | 'terms' | 'end'): Promise<void> {
  await page.getByRole('textbox', { name: 'Username' }).first().fill('alice')
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByLabel('Password', { exact: true }).waitFor()
  if (step === 'password') return
  await page.getByLabel('Password', { exact: true }).fill('open sesame, please')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByText('Step: terms-of-use').waitFor()
  if (step === 'terms') return
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('button', { name: 'Follow redirect' }).waitFor()
}

/** Saves the run by its link, and gives the file's name and content. */
async function saveRun (page: Page, name: string): Promise<{ readonly name: string, readonly text: string }> {
  await page.getByRole('link', { name }).focus()
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')])
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') }
}

async function besideTheFlow (t: Test, path: string): Promise<void> {
  const { page, url, complaints } = await site(t, path, { viewport: { width: 1360, height: 860 } })
  await page.goto(`${url}/if/flow/sign-in/?inspector`)
  await stateIs(page, 'who-are-you', 'current')
  t.strictSame(await stops(page), [
    'who-are-you: here', 'password: planned', 'notice-for-admins: left out', 'terms-of-use: planned', 'login: planned'
  ])
  t.match(await stopOf(page, 'notice-for-admins').textContent(), /Left out while the flow was planned.*Only for\s*administrators/)
  await walkTo(page, 'password')
  await stateIs(page, 'password', 'current')
  t.strictSame(await seriousFaults(page), [])
  await page.getByLabel('Password', { exact: true }).fill('open sesame, please')
  await page.getByRole('button', { name: 'Continue' }).click()
  await stateIs(page, 'terms-of-use', 'current')
  t.match(await stopOf(page, 'terms-of-use').locator('.verdict').first().textContent(), /^error → passed · .* ms$/, 'the policy in error')
  await page.locator('.details').getByText('asked when its turn came').waitFor()
  t.notMatch(await page.content(), 'open sesame', 'the password is nowhere')
  await picture(page, 'inspector-beside')

  const slider = page.getByRole('slider', { name: 'Moment of the run' })
  await slider.focus()
  await page.keyboard.press('ArrowLeft')
  t.equal(await slider.getAttribute('aria-valuetext'), '2 of 2: password passes')
  t.strictSame(await stops(page), [
    'who-are-you: passed', 'password: here', 'notice-for-admins: left out', 'terms-of-use: planned', 'login: planned'
  ])
  await page.keyboard.press('ArrowLeft')
  t.equal(await slider.getAttribute('aria-valuetext'), '1 of 2: who-are-you passes')
  t.match(await page.locator('.section.context').textContent(), /pending_user.*added/)
  await page.getByRole('button', { name: 'Later' }).click()
  await page.getByRole('button', { name: 'Later' }).click()
  t.equal(await slider.getAttribute('aria-valuetext'), 'Now')

  await stopOf(page, 'notice-for-admins').focus()
  await page.keyboard.press('Enter')
  await page.locator('.details').getByText('Only for administrators.', { exact: true }).waitFor()
  t.equal(await stopOf(page, 'notice-for-admins').getAttribute('aria-pressed'), 'true')

  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('button', { name: 'Follow redirect' }).waitFor()
  await page.getByText('This flow is completed.').waitFor()
  t.strictSame((await stops(page)).slice(-1), ['login: passed'])
  await page.locator('.section.body summary').click()
  t.match(JSON.parse(await page.locator('.json pre').textContent() ?? ''), { is_completed: true })
  await page.getByRole('button', { name: 'Follow redirect' }).click()
  await page.waitForURL(`${url}/`)
  t.strictSame(complaints, [])
}

async function inASecondWindow (t: Test, path: string): Promise<void> {
  const { page, context, url, complaints } = await site(t, path, { colorScheme: 'dark', viewport: { width: 1280, height: 900 } })
  await page.goto(`${url}/if/flow/sign-in/`)
  await page.getByRole('textbox', { name: 'Username' }).waitFor()
  const inspector = await context.newPage()
  await inspector.goto(`${url}/if/inspector/sign-in/`)
  await stateIs(inspector, 'who-are-you', 'current')
  await inspector.locator('.liveness[data-liveness=live]').waitFor()
  await walkTo(page, 'terms')
  await stateIs(inspector, 'terms-of-use', 'current')
  t.strictSame(await seriousFaults(inspector), [])
  await picture(inspector, 'inspector-alone-dark')
  t.equal(await replay(JSON.parse((await saveRun(inspector, 'Export this run')).text)), undefined)

  await inspector.locator('.what-if-section summary').click()
  await inspector.getByRole('textbox', { name: 'User name' }).fill('alice')
  await inspector.getByLabel('is-admin').selectOption('pass')
  await inspector.getByRole('button', { name: 'Plan it' }).click()
  await inspector.locator('.stops li', { hasText: 'notice-for-admins' }).getByText('planned').first().waitFor()
  await inspector.getByRole('textbox', { name: 'User name' }).fill('nobody-of-that-name')
  await inspector.getByRole('button', { name: 'Plan it' }).click()
  await inspector.getByRole('alert').getByText(/no user/).waitFor()
  t.strictSame((await stops(inspector))[2], 'notice-for-admins: left out', 'the run itself is as it was')

  await page.getByRole('button', { name: 'Continue' }).click()
  await page.waitForURL(`${url}/`)
  await inspector.getByText('This flow is completed.').waitFor()
  t.strictSame((await stops(inspector)).slice(-1), ['login: passed'], 'it followed the session through the sign-in')
  t.strictSame(complaints.filter((complaint) => !/simulate/.test(complaint)), [])
}

async function onAPhone (t: Test, path: string): Promise<void> {
  const { page, url, complaints } = await site(t, path, { viewport: { width: 360, height: 740 }, locale: 'de-DE' })
  await page.goto(`${url}/if/flow/sign-in/?inspector`)
  await stateIs(page, 'who-are-you', 'current')
  t.equal((await stops(page))[2], 'notice-for-admins: ausgelassen')
  t.match(await page.locator('.stop .kind').first().textContent(), '10 · Identifizierung')
  await stopOf(page, 'notice-for-admins').click()
  t.match(await page.locator('.details').first().textContent(), /Bei der Planung ausgelassen: „is-admin“ nicht bestanden: Only for administrators\./)
  t.match(await page.locator('.policy-row').textContent(), /is-admin Ausdruck.*nicht bestanden.*bei der Planung gefragt · .* ms/)
  await page.locator('.section.timeline summary').click()
  t.match(await page.locator('ol.timeline').textContent(), /Begonnen\..*„who-are-you“ wurde gezeigt\./)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    t.equal(await fitsWidth(page), true)
    t.strictSame(await seriousFaults(page), [], colorScheme)
  }
  await page.locator('.run-picture').scrollIntoViewIfNeeded()
  await picture(page, 'inspector-phone')
  await page.goto(`${url}/if/inspector/sign-in/`)
  await stateIs(page, 'who-are-you', 'current')
  t.equal(await fitsWidth(page), true)
  t.strictSame(complaints, [])
}

async function neverBegan (t: Test, path: string): Promise<void> {
  const { page, url, complaints, expected } = await site(t, path)
  // The published route has no plan to show.
  expected.push(/400 .*inspector\/closed/)
  await page.goto(`${url}/if/flow/closed/?inspector`)
  await page.getByRole('heading', { name: 'Access denied' }).waitFor()
  const why = "The flow does not apply: 'is-admin' failed: Only for administrators."
  await page.getByRole('status').getByText(why).waitFor()
  t.strictSame(await stops(page), ['inside: not reached'])
  t.match(await page.locator('.details').first().textContent(), why)
  t.equal(await page.locator('.section.body').isVisible(), false)
  t.strictSame(await seriousFaults(page), [])
  await picture(page, 'inspector-never-began')
  t.strictSame(complaints, [])
}

async function exported (t: Test, path: string): Promise<void> {
  const { page, url, complaints, expected } = await site(t, path, { viewport: { width: 360, height: 740 }, locale: 'de-DE' })
  expected.push(/400 .*inspector/)
  await page.goto(`${url}/if/inspector/sign-in/`)
  await page.getByRole('status').getByText('läuft dieser Ablauf noch nicht').waitFor()
  t.equal(await page.getByText('Lauf exportieren').isVisible(), false, 'there is no run yet')
  await page.goto(`${url}/if/flow/sign-in/?inspector`)
  await page.getByRole('textbox', { name: 'Benutzername' }).first().fill('alice')
  await page.getByRole('button', { name: 'Anmelden' }).click()
  await page.getByLabel('Passwort', { exact: true }).fill('open sesame, please')
  await page.getByRole('button', { name: 'Weiter' }).click()
  await stateIs(page, 'terms-of-use', 'current')
  t.equal(await fitsWidth(page), true)
  const early = await saveRun(page, 'Lauf exportieren')
  t.equal(early.name, 'sign-in.run.json')
  t.notMatch(early.text, 'open sesame')
  const recording = JSON.parse(early.text)
  t.equal(recording.steps.length, 3)
  t.equal(await replay(recording), undefined, 'what was saved replays')
  await page.getByRole('button', { name: 'Weiter' }).click()
  await page.getByText('Dieser Ablauf ist beendet.').waitFor()
  const whole = JSON.parse((await saveRun(page, 'Lauf exportieren')).text)
  t.equal(whole.frames.length, 4)
  t.equal(await replay(whole), undefined, 'so does the whole run, when it is over')
  t.strictSame(complaints, [])
}

async function cutOff (t: Test, path: string): Promise<void> {
  const { page, context, url, complaints, expected } = await site(t, path)
  expected.push(/events/)
  await context.route('**/events/', (route) => route.abort())
  await page.goto(`${url}/if/flow/sign-in/`)
  await page.getByRole('textbox', { name: 'Username' }).waitFor()
  const inspector = await context.newPage()
  await inspector.goto(`${url}/if/inspector/sign-in/`)
  await inspector.locator('.liveness[data-liveness=polling]').waitFor()
  await walkTo(page, 'password')
  await inspector.bringToFront()
  await stateIs(inspector, 'password', 'current')
  t.strictSame(complaints, [])
}

await withChromium(t, async (path) => {
  await t.test('beside the flow: states, reasons, time travel, the policy in error', (t) => besideTheFlow(t, path))
  await t.test('in a second window: live, and what if', (t) => inASecondWindow(t, path))
  await t.test('on a phone, both themes', (t) => onAPhone(t, path))
  await t.test('a run that never began is explained', (t) => neverBegan(t, path))
  await t.test('exported: the file that is saved replays', (t) => exported(t, path))
  await t.test('where events are cut off it asks', (t) => cutOff(t, path))
})
