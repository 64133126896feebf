import decodeQR from 'qr/decode.js'
import { TOTP, URI } from 'otpauth'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { withChromium } from './chromium.js'
import { exampleSite } from './example-site.js'
import { fitsWidth, picture, seriousFaults, visit } from './visit.js'

/** What a reader sees in the QR code of a page. */
async function readQrCode (page: Page): Promise<string> {
  const path = await page.locator('.qr path').getAttribute('d') ?? ''
  const size = Number((await page.locator('.qr svg').getAttribute('viewBox'))?.split(' ')[2])
  const scale = 4
  const width = size * scale
  const data = new Uint8ClampedArray(width * width * 4).fill(255)
  for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) {
    for (let row = 0; row < scale; row++) {
      const from = ((Number(y) * scale + row) * width + Number(x) * scale) * 4
      for (let pixel = 0; pixel < scale; pixel++) data.fill(0, from + pixel * 4, from + pixel * 4 + 3)
    }
  }
  return decodeQR({ width, height: width, data })
}

async function signIn (page: Page, url: string, name: string, password: string): Promise<void> {
  await page.goto(`${url}/if/flow/sign-in/`)
  await page.getByLabel('Username or email address').fill(name)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Continue' }).click()
}

async function enrolAndSetUp (t: Test, path: string): Promise<void> {
  const { page, url, complaints } = await visit(t, await exampleSite(t), path)
  await page.goto(`${url}/if/flow/sign-in/`)
  await page.getByRole('link', { name: 'Create an account' }).click()
  await page.getByLabel('Username').fill('carol')
  await page.getByLabel('Name', { exact: true }).fill('Carol Example')
  await page.getByLabel('Email').fill('not an address')
  await page.getByLabel('Password', { exact: true }).fill('short')
  await page.getByLabel('Password (repeat)').fill('short')
  t.equal(await page.getByLabel('Email').getAttribute('autocomplete'), 'email')
  t.equal(await page.getByLabel('Name', { exact: true }).getAttribute('autocomplete'), 'name')
  t.equal(await page.getByLabel('Password', { exact: true }).getAttribute('autocomplete'), 'new-password')
  await page.getByRole('button', { name: 'Continue' }).click()
  t.equal(await page.locator('[data-field=email] .field-error').isVisible(), true)
  await page.getByLabel('Email').fill('carol@example.com')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('alert').getByText('Use at least 10 characters.').waitFor()
  t.strictSame(await seriousFaults(page), [])
  t.equal(await page.getByLabel('Username').inputValue(), 'carol', 'what was typed is still there')
  await page.getByLabel('Password', { exact: true }).fill('seven purple otters dive')
  await page.getByLabel('Password (repeat)').fill('seven purple otters dive')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.waitForURL(`${url}/`)
  t.match(await page.textContent('body'), 'carol')

  await page.goto(`${url}/if/flow/totp-setup/`)
  await page.locator('.qr path').waitFor()
  await picture(page, 'totp-setup')
  t.strictSame(await seriousFaults(page), [])
  const link = await readQrCode(page)
  const secret = await page.locator('.secret code').textContent()
  const totp = URI.parse(link)
  t.ok(totp instanceof TOTP && totp.secret.base32 === secret, 'the QR code says what is written under it')
  if (!(totp instanceof TOTP)) return
  await page.getByLabel('Code', { exact: true }).fill('12')
  await page.getByRole('button', { name: 'Continue' }).click()
  t.equal(await page.getByText('A code has 6 to 8 digits.').isVisible(), true)
  await page.getByLabel('Code', { exact: true }).fill(totp.generate())
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.waitForURL(`${url}/`)

  await page.goto(`${url}/if/flow/sign-out/`)
  await page.waitForURL(`${url}/`)
  await signIn(page, url, 'carol', 'seven purple otters dive')
  const code = page.getByLabel('Code from your authenticator app')
  await code.waitFor()
  t.equal(await code.getAttribute('autocomplete'), 'one-time-code')
  t.strictSame(await seriousFaults(page), [])
  await page.setViewportSize({ width: 320, height: 600 })
  t.equal(await fitsWidth(page), true)
  // The code that set the app up is used up; the next one is a step ahead.
  await code.fill(totp.generate({ timestamp: Date.now() + 30_000 }))
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.waitForURL(`${url}/`)
  t.match(await page.textContent('body'), 'carol')
  t.strictSame(complaints, [])
}

async function recover (t: Test, path: string): Promise<void> {
  const { page, url, complaints } = await visit(t, await exampleSite(t), path)
  await page.goto(`${url}/if/flow/sign-in/`)
  await page.getByRole('link', { name: 'Forgot your username or password?' }).click()
  await page.getByLabel('Username or email address').fill('alice')
  await page.getByRole('button', { name: 'Continue' }).click()
  const question = page.getByLabel('What is your favourite colour?')
  await question.fill('red')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.locator('.alert.error').waitFor()
  await question.fill('blue')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByLabel('New password', { exact: true }).fill('seven purple otters dive')
  await page.getByLabel('New password (repeat)').fill('six purple otters dive')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByText("Passwords don't match.").waitFor()
  t.strictSame(await seriousFaults(page), [])
  await page.getByLabel('New password', { exact: true }).fill('seven purple otters dive')
  await page.getByLabel('New password (repeat)').fill('seven purple otters dive')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.waitForURL(`${url}/`)
  t.match(await page.textContent('body'), 'alice')
  t.strictSame(complaints, [])
}

await withChromium(t, async (path) => {
  await t.test('enrolment, TOTP set-up by its QR code, and sign-in with a code', (t) => enrolAndSetUp(t, path))
  await t.test('recovery', (t) => recover(t, path))
})
