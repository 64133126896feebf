import fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import t, { type Test } from 'tap'
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

t.test('page: every file that it loads is there, and the scripts import nothing else', async (t) => {
  const app = await makeApp(t)
  const { body } = await app.inject('/if/flow/log-in/')
  const urls = loadedBy(body).filter((url) => url.startsWith('/static/flow-planner/'))
  t.ok(urls.length > 20)
  const offered = new Set(urls)
  for (const url of urls) {
    const file = await app.inject(url)
    t.equal(file.statusCode, 200, url)
    const imports = [...file.body.matchAll(/(?:from |import\()'([^']+)'/g)].map(([, name]) => new URL(name ?? '', `http://h${url}`))
    for (const { pathname } of imports) {
      if (!pathname.endsWith('/qrcode.mjs')) t.ok(offered.has(pathname), `${url} imports ${pathname}`)
      else t.equal((await app.inject(pathname)).statusCode, 200)
    }
  }
})

t.test('page: script and style are small, and make no HTML and no code from text', async (t) => {
  const app = await makeApp(t)
  const { body } = await app.inject('/if/flow/log-in/')
  const urls = loadedBy(body).filter((url) => url.startsWith('/static/flow-planner/'))
  const files = await Promise.all(urls.map(async (url) => (await app.inject(url)).body))
  t.ok(Buffer.byteLength(files.join('')) < 60_000)
  t.notMatch(files.join('\n'), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function/)
})

t.test('page: the query decides on the inspector', async (t) => {
  const app = await makeApp(t)
  for (const query of ['?inspector', '?next=%2F&inspector=', '?inspector=open']) {
    const { body } = await app.inject(`/if/flow/log-in/${query}`)
    t.match(body, 'data-inspector="true"', query)
    t.match(body, /<aside id="inspector"[^>]*"><\/aside>/, query)
  }
  const { body } = await app.inject('/if/flow/log-in/?next=inspector')
  t.match(body, 'data-inspector="false"')
  t.match(body, /<aside id="inspector"[^>]* hidden><\/aside>/)
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
  const script = urls.find((url) => url.endsWith('/main.js')) ?? ''
  const immutable = { 'x-content-type-options': 'nosniff', 'cache-control': 'public, max-age=31536000, immutable' }
  t.match((await app.inject(style)).headers, { ...immutable, 'content-type': 'text/css; charset=utf-8' })
  const { headers } = await app.inject(script)
  t.match(headers, { ...immutable, 'content-type': 'text/javascript; charset=utf-8' })
  const older = await app.inject(script.replace(/[^/]+\/main/, 'an-older-version/main'))
  t.equal(older.statusCode, 200)
  t.equal(older.headers['cache-control'], 'no-cache')
  const encoder = await app.inject(script.replace('main.js', 'qrcode.mjs'))
  t.match(encoder.headers, { ...immutable, 'content-type': 'text/javascript; charset=utf-8' })
  t.match(encoder.body, 'MIT license', 'its licence stays in')
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
