import t from 'tap'
import { define } from '../../plugins/index.js'
import { buildApp, Client } from '../app.js'
import { dummies } from '../flows.js'

/** Where a browser at this address would go. */
const HERE = 'https://login.example/if/flow/short/'

const ELSEWHERE = [
  '//evil.example', '\\\\evil.example', '/\\evil.example', '\\/evil.example', '///evil.example', '////evil.example', '/\\/evil.example',
  'https:evil.example', 'https:/evil.example', 'https://evil.example', 'HTTPS://EVIL.EXAMPLE', 'hTtP:evil.example', '//evil.example:443/',
  'https://login.example@evil.example/', 'https://login.example.evil.example/', '//login.example@evil.example',
  'javascript:alert(1)', 'JaVaScRiPt:alert(1)', ' javascript:alert(1)', 'java\tscript:alert(1)', 'java\nscript:alert(1)', '\u0001javascript:alert(1)',
  'data:text/html,x', 'vbscript:x', 'file:///etc/passwd', 'blob:https://evil.example/x', 'about:blank', 'mailto:a@b.example',
  '/\t/evil.example', '/\n/evil.example', '/\r/evil.example', '\t//evil.example', ' //evil.example', '/%09/evil.example/..//evil.example',
  '/%2f/evil.example', '/%2fevil.example', '/%2Fevil.example', '/%5cevil.example', '/%5Cevil.example', '%2f%2fevil.example',
  '/.//evil.example', '/..//evil.example', '/a/../..//evil.example', '/a/..//evil.example', '/%2e//evil.example', '/%2e%2e//evil.example',
  '/%252f%252fevil.example', '/\0/evil.example', '\u3002//evil.example', '/\uff0fevil.example', 'evil.example', './/evil.example', '?//evil.example'
]

t.test('9: no `next` leads a browser to another site, at the end of a flow or when it is cancelled', async (t) => {
  const app = await buildApp(t, { definitions: define(dummies('short', 'only')) })
  for (const next of ELSEWHERE) {
    const client = new Client(app)
    const query = new URLSearchParams({ next }).toString()
    await client.get('short', query)
    const end = (await client.post('short', { component: 'ak-stage-dummy' }, query)).json()
    const shown = JSON.stringify(next)
    if (end.component === 'xak-flow-redirect') t.equal(new URL(end.to, HERE).origin, 'https://login.example', `${shown} leads to ${end.to}`)
    else t.match(end, { component: 'ak-stage-access-denied', error_message: 'Invalid next URL' }, shown)
    const cancelled = await client.request('GET', `/flows/-/cancel/?${query}`)
    t.equal(cancelled.statusCode, 302)
    t.equal(new URL(String(cancelled.headers.location), HERE).origin, 'https://login.example', `cancel: ${shown}`)
  }
})

t.test('9: a `next` on this site is gone to', async (t) => {
  const app = await buildApp(t, { definitions: define(dummies('short', 'only')) })
  for (const next of ['/', '/there', '/there?a=//evil.example', '/there/#//evil.example', '/a%20b', '/über/\u{1f511}', '/if/flow/short/?next=%2Fthere']) {
    const client = new Client(app)
    const query = new URLSearchParams({ next }).toString()
    await client.get('short', query)
    t.strictSame((await client.post('short', { component: 'ak-stage-dummy' }, query)).json(), { component: 'xak-flow-redirect', to: next })
    const { statusCode, headers } = await client.request('GET', `/flows/-/cancel/?${query}`)
    t.equal(statusCode, 302)
    t.equal(new URL(String(headers.location), HERE).href, new URL(next, HERE).href)
  }
})
