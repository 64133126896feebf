import t, { type Test } from 'tap'
import { define, defineFlow, prompt, stage } from '../../plugins/index.js'
import { buildApp } from '../app.js'
import { withChromium } from './chromium.js'
import { exampleSite } from './example-site.js'
import { fitsWidth, focused, picture, seriousFaults, visit } from './visit.js'

async function signInByKeyboard (t: Test, path: string): Promise<void> {
  const { page, url, complaints } = await visit(t, await exampleSite(t), path)
  await page.goto(`${url}/private`)
  t.match(page.url(), '/if/flow/sign-in/?next=%2Fprivate')
  await page.getByLabel('Username or email address').waitFor()
  t.equal(await focused(page), 'Username or email address', 'the first field has the focus')
  t.strictSame(await seriousFaults(page), [])
  await picture(page, 'sign-in-light')

  await page.keyboard.press('Enter')
  t.equal(await page.locator('.field-error').textContent() !== '', true, 'an empty field is said to be wrong')
  t.equal(await focused(page), 'Username or email address')
  await page.keyboard.type('alice')
  await page.keyboard.press('Enter')

  const password = page.getByLabel('Password', { exact: true })
  await password.waitFor()
  t.equal(await password.getAttribute('autocomplete'), 'current-password')
  t.equal(await page.locator('input[autocomplete=username]').inputValue(), 'alice', 'password managers see whose password it is')
  await page.keyboard.type('wrong')
  await page.keyboard.press('Enter')
  await page.getByText('Invalid password').waitFor()
  t.equal(await focused(page), 'Password', 'the focus is on the first error')
  t.equal(await password.getAttribute('aria-invalid'), 'true')
  t.equal(await password.inputValue(), '', 'a wrong password is typed again')
  t.strictSame(await seriousFaults(page), [])

  await page.keyboard.type('alice-example-password')
  await page.keyboard.press('Tab')
  t.equal(await focused(page), 'Show')
  await page.keyboard.press('Space')
  t.equal(await password.getAttribute('type'), 'text')
  await page.keyboard.press('Tab')
  t.equal(await focused(page), 'Continue')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/private')
  t.match(await page.textContent('body'), 'Alice Example')

  await page.goto(`${url}/if/flow/sign-out/`)
  await page.waitForURL(`${url}/`)
  t.match(await page.textContent('body'), 'Nobody is signed in')
  t.strictSame(complaints, [])
}

async function looks (t: Test, path: string): Promise<void> {
  const { page, url, complaints, expected } = await visit(t, await exampleSite(t), path, {
    viewport: { width: 320, height: 640 }, colorScheme: 'dark', locale: 'de-AT'
  })
  await page.goto(`${url}/if/flow/sign-in/`)
  await page.getByLabel('Benutzername oder E-Mail-Adresse').fill('alice')
  t.equal(await page.locator('h1').textContent(), 'Willkommen zurück')
  t.equal(await fitsWidth(page), true, 'on a phone')
  t.strictSame(await seriousFaults(page), [], 'dark')
  await page.getByRole('button', { name: 'Anmelden' }).click()
  await page.getByLabel('Passwort', { exact: true }).fill('falsch')
  await page.getByRole('button', { name: 'Weiter' }).click()
  await page.getByText('Das Passwort stimmt nicht.').waitFor()
  t.equal(await fitsWidth(page), true)
  t.strictSame(await seriousFaults(page), [])
  await picture(page, 'sign-in-dark-phone')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    expected.push(/404.*nothing/)
    for (const address of ['/if/flow/nothing/', '/', '/if/flow/enrolment/']) {
      await page.goto(url + address)
      await page.locator('h1').waitFor()
      t.equal(await fitsWidth(page), true, address)
      t.strictSame(await seriousFaults(page), [], `${address} ${colorScheme}`)
    }
  }
  t.strictSame(complaints, [])
}

/** Kinds of fields, each of which shows a word that is wider than a phone. */
const KINDS = [
  'text', 'text_area_read_only', 'password', 'checkbox', 'radio-button-group', 'dropdown', 'date-time', 'file', 'separator', 'static'
] as const

async function longWords (t: Test, path: string): Promise<void> {
  const link = 'https://intranet.example.com/policies/acceptable-use-of-systems'
  const fields = KINDS.map((type) =>
    prompt(type, { fieldKey: type, type, label: `I have read ${link}`, subText: `See ${link}`, initialValue: link, placeholder: link }))
  const about = { title: `All of ${link}`, designation: 'enrollment' } as const
  const app = await buildApp(t, {
    definitions: define(
      defineFlow({ ...about, slug: 'asked', name: 'Asked', stages: [stage('prompt', 'ask', { fields })] }),
      defineFlow({ ...about, slug: 'denied', name: 'Denied', stages: [stage('deny', 'deny', { denyMessage: `See ${link}` })] })
    ),
    planner: { pages: true, brand: { title: link } }
  })
  const { page, url, complaints } = await visit(t, app, path, { viewport: { width: 320, height: 640 } })
  await page.goto(`${url}/if/flow/asked/`)
  await page.getByRole('button', { name: 'Continue' }).waitFor()
  t.equal(await fitsWidth(page), true, 'fields')
  await picture(page, 'long-words-phone')
  await page.goto(`${url}/if/flow/denied/`)
  await page.locator('.lead').waitFor()
  t.equal(await fitsWidth(page), true, 'a message')
  t.strictSame(complaints, [])
}

await withChromium(t, async (path) => {
  await t.test('sign-in and sign-out by keyboard alone', (t) => signInByKeyboard(t, path))
  await t.test('phone width, both themes, in German', (t) => looks(t, path))
  await t.test('phone width, with words that are wider', (t) => longWords(t, path))
})
