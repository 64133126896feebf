import fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import t, { type Test } from 'tap'
import { Dictionary } from '../../plugins/pages/texts/dictionary.js'
import { flowPages, type FlowPagesOptions, type PageFlow } from '../../plugins/pages/pages.js'

const LOGIN: PageFlow = {
  title: 'Welcome <b>"you" & \'us\'</b>',
  slug: 'log-in',
  layout: 'sidebar_left',
  background: '/pictures/a.jpg?x=1&y=2',
  compatibilityMode: false
}

const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; connect-src 'self'; " +
  "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"

interface Setup extends Partial<FlowPagesOptions> {
  readonly prefix?: string
  readonly server?: FastifyServerOptions
}

async function makeApp (t: Test, { prefix = '', server = {}, ...options }: Setup = {}): Promise<FastifyInstance> {
  const app = fastify(server)
  t.teardown(() => app.close())
  const findFlow = (slug: string) => slug === LOGIN.slug ? LOGIN : undefined
  await app.register(flowPages, { apiPrefix: '/api/v3', findFlow, prefix, ...options })
  return app
}

/** The URLs that a page loads, in order. */
function loadedBy (html: string): string[] {
  return [...html.matchAll(/<(?:link|script|img)[^>]* (?:href|src)="([^"]*)"/g)].map(([, url]) => url ?? '')
}

t.test('page: shows the flow with everything escaped and strict headers', async (t) => {
  const app = await makeApp(t)
  const { statusCode, headers, body } = await app.inject('/if/flow/log-in/')
  t.equal(statusCode, 200)
  t.match(headers, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cache-control': 'no-store'
  })
  t.match(body, '<title>Welcome &lt;b&gt;&quot;you&quot; &amp; &#39;us&#39;&lt;/b&gt;</title>')
  t.match(body, '<img id="backdrop" src="/pictures/a.jpg?x=1&amp;y=2" alt="">')
  t.match(body, 'data-layout="sidebar_left" data-api-prefix="/api/v3" data-slug="log-in"')
  t.notMatch(body, /<b>|class="brand"/)
})

t.test('page: nothing inline and nothing from another origin', async (t) => {
  const app = await makeApp(t, { brand: { title: 'Example', logo: '/logo.svg' } })
  const { body } = await app.inject('/if/flow/log-in/?inspector')
  t.notMatch(body, /<style|\sstyle=|\son\w+=|javascript:/i)
  t.notMatch(body, /<script(?![^>]* src=)/)
  t.strictSame(loadedBy(body).filter((url) => !/^\/[^/]|^data:,$/.test(url)), [])
})

/** The paths of what a script imports, at once or later. */
function importsOf (script: string, url: string): string[] {
  return [...script.matchAll(/(?:from|import)\s*\(?"(\.\/[^"]+)"/g)].map(([, name]) => new URL(name ?? '', `http://h${url}`).pathname)
}

/** All scripts and styles that pages load, now or later, by URL. */
async function codeOf (app: FastifyInstance, ...pages: string[]): Promise<Map<string, string>> {
  const bodies = await Promise.all(pages.map(async (page) => (await app.inject(page)).body))
  const waiting = bodies.flatMap(loadedBy).filter((url) => /^\/static\/flow-planner\/.*\.(js|css)$/.test(url))
  const code = new Map<string, string>()
  for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
    if (code.has(url)) continue
    const file = await app.inject(url)
    if (file.statusCode !== 200) throw new Error(`${url}: ${file.statusCode}`)
    code.set(url, file.body)
    if (url.endsWith('.js')) waiting.push(...importsOf(file.body, url))
  }
  return code
}

const ALL_PAGES = ['/if/flow/log-in/', '/if/flow/log-in/?inspector', '/if/inspector/log-in/']

t.test('page: asks at once for every script that is imported at once, and for nothing that it does not need', async (t) => {
  const app = await makeApp(t)
  for (const page of ALL_PAGES) {
    const urls = loadedBy((await app.inject(page)).body).filter((url) => url.endsWith('.js'))
    const needed = new Set(urls.filter((url) => /\/(flow|flow-inspected|inspector)\.js$/.test(url)))
    for (const url of needed) {
      const body = (await app.inject(url)).body.replace(/import\("[^"]+"\)/g, '')
      for (const imported of importsOf(body, url)) needed.add(imported)
    }
    t.strictSame([...new Set(urls)].sort(), [...needed].sort(), page)
  }
  t.notMatch((await app.inject('/if/flow/log-in/')).body, 'inspector.css')
})

t.test('page: script and style together are small, and make no HTML and no code from text', async (t) => {
  const app = await makeApp(t)
  const code = await codeOf(app, ...ALL_PAGES)
  const size = Buffer.byteLength([...code.values()].join(''))
  t.ok(size <= 60_000, `${size} bytes`)
  t.ok([...code.values()].some((body) => body.includes('lean-qr')), 'with the QR encoder')
  t.notMatch([...code.values()].join('\n'), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function/)
})

t.test('page: the query decides on the inspector', async (t) => {
  const app = await makeApp(t)
  for (const query of ['?inspector', '?next=%2F&inspector=', '?inspector=open']) {
    const { body } = await app.inject(`/if/flow/log-in/${query}`)
    t.match(body, '<aside id="inspector"', query)
    t.match(body, '/flow-inspected.js"', query)
  }
  const { body } = await app.inject('/if/flow/log-in/?next=inspector')
  t.notMatch(body, '<aside')
  t.match(body, '/flow.js"')
})

t.test('page: the inspector has a page of its own', async (t) => {
  const app = await makeApp(t)
  const { statusCode, headers, body } = await app.inject('/if/inspector/log-in/')
  t.equal(statusCode, 200)
  t.match(headers, { 'content-security-policy': POLICY, 'cache-control': 'no-store' })
  t.match(body, '<main id="inspector"')
  t.match(body, '/inspector.js"')
  t.equal((await app.inject('/if/inspector/log-in')).statusCode, 200)
  t.equal((await app.inject('/if/inspector/nothing/')).statusCode, 404)
})

/** The texts and messages of a page's language, as its scripts get them. */
async function wordsOf (app: FastifyInstance, html: string): Promise<Record<'texts' | 'messages', Record<string, string>>> {
  const url = /data-texts="([^"]+)"/.exec(html)?.[1] ?? ''
  return (await app.inject(url)).json()
}

t.test('texts: in the language that the browser wishes for, and English where there is none', async (t) => {
  const app = await makeApp(t)
  const inLanguage = async (wish?: string) => await app.inject({ url: '/if/flow/log-in/', headers: wish === undefined ? {} : { 'accept-language': wish } })
  for (const wish of ['de', 'de-AT,en;q=0.5', 'fr, de;q=0.3']) {
    const { body, headers } = await inLanguage(wish)
    t.match(body, '<html lang="de">', wish)
    t.match(body, 'Wird geladen', wish)
    t.equal(headers.vary, 'accept-language')
    t.match(await wordsOf(app, body), { texts: { continue: 'Weiter' }, messages: { 'This field is required.': 'Füllen Sie dieses Feld aus.' } })
  }
  for (const wish of [undefined, '', 'fr', 'en-GB, de;q=0.9', '*', '\u0000;;q=', '__proto__']) {
    const { body } = await inLanguage(wish)
    t.match(body, '<html lang="en">', String(wish))
    t.match((await wordsOf(app, body)).texts, { continue: 'Continue' })
  }
  t.match((await app.inject({ url: '/if/flow/nothing/', headers: { 'accept-language': 'de' } })).body, 'Nicht gefunden')
})

t.test('texts: each can be replaced, languages can be added, and one can be fixed', async (t) => {
  const app = await makeApp(t, {
    dictionary: new Dictionary({
      languages: { en: { texts: { loading: 'One </script> "moment"' } }, fr: { texts: { loading: 'Un instant' }, messages: { [LOGIN.title]: 'Bonjour' } } }
    })
  })
  const { body } = await app.inject('/if/flow/log-in/')
  t.match(body, 'One &lt;/script&gt; &quot;moment&quot;')
  t.match((await wordsOf(app, body)).texts, { loading: 'One </script> "moment"', continue: 'Continue' })
  const french = (await app.inject({ url: '/if/flow/log-in/', headers: { 'accept-language': 'fr-CA' } })).body
  t.match(french, 'Un instant')
  t.match(french, '<title>Bonjour</title>')
  t.match((await wordsOf(app, french)).texts, { loading: 'Un instant', continue: 'Continue' })
  const fixed = await makeApp(t, { dictionary: new Dictionary({ language: 'de' }) })
  t.match((await fixed.inject({ url: '/if/flow/log-in/', headers: { 'accept-language': 'en' } })).body, '<html lang="de">')
})

t.test('theme: custom properties in a style sheet of its own, after the pages\' own', async (t) => {
  const app = await makeApp(t, { brand: { theme: { accent: '#060', onAccent: 'white', radius: '4px', dark: { accent: 'lightgreen' } } } })
  const styles = loadedBy((await app.inject('/if/flow/log-in/')).body).filter((url) => url.endsWith('.css'))
  t.match(styles, [/flow\.css$/, /theme\.css$/])
  const { headers, body } = await app.inject(styles[1] ?? '')
  t.equal(headers['content-type'], 'text/css; charset=utf-8')
  t.equal(body, ':root{--flow-accent:#060;--flow-on-accent:white;--flow-radius:4px}\n' +
    '@media (prefers-color-scheme:dark){:root{--flow-accent:lightgreen}}\n')
  const other = await makeApp(t, { brand: { theme: { accent: '#006' } } })
  t.notSame(loadedBy((await other.inject('/if/flow/log-in/')).body)[1], styles[0], 'another theme has URLs of its own')
})

t.test('page: the brand is in the title and above it', async (t) => {
  const titled = await makeApp(t, { brand: { title: 'A & B' } })
  const page = await titled.inject('/if/flow/log-in/')
  t.match(page.body, ' - A &amp; B</title>')
  t.match(page.body, '<p class="brand">A &amp; B</p>')
  const logo = await makeApp(t, { brand: { title: 'A & B', logo: 'https://example.org/logo.svg?a"b' } })
  t.match((await logo.inject('/if/flow/log-in/')).body, '<img src="https://example.org/logo.svg?a&quot;b" alt="A &amp; B">')
})

t.test('page: password managers are offered more where the flow asks for it', async (t) => {
  const app = await makeApp(t, { findFlow: () => ({ ...LOGIN, compatibilityMode: true }) })
  t.match((await app.inject('/if/flow/log-in/')).body, 'data-compatibility="true"')
})

t.test('page: served without the slash at the end too, however the host treats slashes', async (t) => {
  for (const ignoreTrailingSlash of [false, true]) {
    const app = await makeApp(t, { server: { routerOptions: { ignoreTrailingSlash } } })
    t.equal((await app.inject('/if/flow/log-in')).statusCode, 200)
    t.equal((await app.inject('/if/flow/log-in/')).statusCode, 200)
  }
})

t.test('page: an unknown flow is a page of its own with status 404', async (t) => {
  const app = await makeApp(t)
  for (const url of ['/if/flow/nothing/', '/if/flow/nothing', '/if/flow/%3Cscript%3E/', '/if/flow/__proto__/']) {
    const { statusCode, headers, body } = await app.inject(url)
    t.equal(statusCode, 404, url)
    t.match(headers, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY, 'cache-control': 'no-store' })
    t.match(body, 'There is no flow at this address')
    t.notMatch(body, '<script', url)
  }
})

t.test('files: sent with their type, kept by caches as long as they stay the same', async (t) => {
  const app = await makeApp(t)
  const urls = loadedBy((await app.inject('/if/flow/log-in/')).body)
  const style = urls.find((url) => url.endsWith('.css')) ?? ''
  const script = urls.find((url) => url.endsWith('/flow.js')) ?? ''
  const immutable = { 'x-content-type-options': 'nosniff', 'cache-control': 'public, max-age=31536000, immutable' }
  t.match((await app.inject(style)).headers, { ...immutable, 'content-type': 'text/css; charset=utf-8' })
  const { headers } = await app.inject(script)
  t.match(headers, { ...immutable, 'content-type': 'text/javascript; charset=utf-8' })
  const older = await app.inject(script.replace(/[^/]+\/flow\.js/, 'an-older-version/flow.js'))
  t.equal(older.statusCode, 200)
  t.equal(older.headers['cache-control'], 'no-cache')
  const code = [...(await codeOf(app, '/if/flow/log-in/')).values()].join('\n')
  t.match(code, 'lean-qr (nano), Copyright', 'the notice of what is not ours stays in')
})

t.test('files: one that is known to the browser is not sent again', async (t) => {
  const app = await makeApp(t)
  const url = '/static/dist/assets/images/user_default.png'
  const etag = String((await app.inject(url)).headers.etag)
  const known = await app.inject({ url, headers: { 'if-none-match': `"other", ${etag}` } })
  t.equal(known.statusCode, 304)
  t.equal(known.body, '')
  t.equal(known.headers.etag, etag)
  t.equal((await app.inject({ url, headers: { 'if-none-match': '"other"' } })).statusCode, 200)
})

t.test('files: only those of the pages', async (t) => {
  const app = await makeApp(t)
  for (const name of ['package.json', '..%2Fpages.js', '%2e%2e%2f%2e%2e%2fpackage.json', 'flow_background.jpg', 'constructor']) {
    t.equal((await app.inject(`/static/flow-planner/v/${name}`)).statusCode, 404, name)
  }
})

t.test('images: background and avatar are where challenges say', async (t) => {
  const app = await makeApp(t)
  const background = await app.inject('/static/dist/assets/images/flow_background.jpg')
  t.match(background.headers, { 'content-type': 'image/jpeg', 'x-content-type-options': 'nosniff', etag: /^".+"$/ })
  t.strictSame([...background.rawPayload.subarray(0, 3)], [0xff, 0xd8, 0xff])
  t.ok(background.rawPayload.length < 60_000)
  const avatar = await app.inject('/static/dist/assets/images/user_default.png')
  t.equal(avatar.headers['content-type'], 'image/png')
  t.equal(avatar.rawPayload.subarray(1, 4).toString(), 'PNG')
  t.strictSame([avatar.rawPayload.readUInt32BE(16), avatar.rawPayload.readUInt32BE(20)], [64, 64])
})

t.test('prefix: pages and files move together, and headers stay with them', async (t) => {
  const app = await makeApp(t, { prefix: '/auth' })
  app.get('/other', () => 'other')
  const { body } = await app.inject('/auth/if/flow/log-in')
  const style = loadedBy(body).find((url) => url.endsWith('.css')) ?? ''
  t.match(style, /^\/auth\/static\//)
  t.equal((await app.inject(style)).statusCode, 200)
  t.equal((await app.inject('/auth/static/dist/assets/images/user_default.png')).statusCode, 200)
  t.equal((await app.inject('/other')).headers['content-security-policy'], undefined)
})
