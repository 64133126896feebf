import fc from 'fast-check'
import t from 'tap'
import { checkRedirect } from '../../lib/redirect/own-path.js'

const fit = [
  '/', '/a', '/a/b/', '/if/flow/login/?next=%2F', '/if/user/#/settings;%7B%22page%22%3A1%7D', '/a?b=c#d', '/?', '/#', '/a/../b', '/a/./b', '/..',
  '/authorize?redirect_uri=https%3A%2F%2Fapp', '/authorize?redirect_uri=https://app//x&state=\\', '/a?next=//evil', '/a#//evil', '/a?x=%0a%00',
  '/a//b', '/a/%2fb', '/a:b', '/:80', '/@evil', '/user@evil.example/', '/javascript:alert(1)', '/https://evil.example', '/%E2%82%AC', '/größe/日本語',
  '/%20', '/ ', '/100%', '/%zz', '/\u2215\u2215evil', '/\u2044/evil', '/\uff0fevil', '/\u29f5evil', '/\u3002evil', '/%25', '/a%2525b', '/\u{1f600}',
  `/${'a'.repeat(4095)}`
]

const unfit = [
  undefined, null, '', ' ', 'foo', 'foo/bar', '.', '..', './a', '?a', '#a', '@evil', ' /a', '\u00a0/a', '\ufeff/a',
  '//', '//evil', '///evil', '////evil', '/\\evil', '\\\\evil', '\\/evil', '\\evil', '/\\/evil', '//\\evil', '/a\\..\\..\\evil', '/a/..\\/evil',
  '/\t/evil', '\t//evil', '/\n/evil', '/\r/evil', '/\r\n/evil', '/a\nb', '/a\0', '/a\x7f', '/a\x85', '/\u2028/evil', '/a\u2029', '/a?b\tc', '/a#b\nc',
  'javascript:alert(1)', 'JavaScript:alert(1)', 'java\nscript:alert(1)', 'data:text/html,x', 'vbscript:x', 'blob:x', 'about:blank', 'mailto:a@b',
  'https:evil', 'http:evil.example', 'https:/evil', 'https:\\evil', 'https://evil', 'http:///evil', 'https://host.example/a', 'ftp://evil', 'file:///a',
  'https://host.example@evil/', '//user:pass@evil/', 'wss:evil', 'evil.example', 'localhost:80', '[::1]',
  '/%2f%2fevil', '/%2F%2Fevil', '/%2fevil', '%2f%2fevil', '%2fevil', '/%5Cevil', '/%5cevil', '/%5c%5cevil', '/a%5Cb', '/%09/evil', '/%0a/evil', '/%0D%0Aevil',
  '/%00/evil', '/a%7f', '/%252f%252fevil', '/%252Fevil', '/%255cevil', '/%2509/evil', '/%25252fevil', '/%2525252fevil', '/%252525252525252fevil',
  '/%25%32%66evil', '/%%32%66evil', '/.//evil', '/..//evil', '/foo/..//evil', '/foo/%2e%2e//evil', '/foo/%2E.//evil', '/%2e//evil', '/a/b/../..//evil',
  '/foo/..%2f/evil', '/foo/%252e%252e//evil', '/foo/..\\evil', '/a\ud800', '/\udfff', '/a?\ud800', '/a?x=1\ud83d', `/${'a'.repeat(4096)}`
]

/** A target as ASCII: line separators in a test's name would break the report. */
const printable = (target: unknown): string =>
  String(JSON.stringify(target)).replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)

t.test('redirect: a path of the same origin is taken as it is', async (t) => {
  for (const target of fit) t.equal(checkRedirect(target), target, printable(target))
})

t.test('redirect: whatever a browser would take elsewhere is refused', async (t) => {
  for (const target of unfit) t.equal(checkRedirect(target), undefined, printable(target))
})

t.test('redirect: what is taken stays on its origin, decoded once too', async (t) => {
  const piece = fc.constantFrom('/', '\\', '.', '..', '%2f', '%2F', '%5c', '%2e', '%09', '%0a', '%25', '%', '2f', '5c', '\t', '\n', '\0', ' ', '@', ':',
    '?', '#', ';', 'evil', 'evil.example', 'https:', 'javascript:', '\u2215', '\uff0f', '\ud800', '\u00a0', '\ufeff', 'a', '[', ']', '&', '=')
  const target = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`), fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
    fc.string({ unit: 'binary' }).map((text) => `/${text}`), fc.webUrl(), fc.string())
  const decode = (text: string): string => {
    try {
      return decodeURIComponent(text)
    } catch {
      return text.replace(/%([0-9a-f]{2})/gi, (_match, digits: string) => String.fromCharCode(parseInt(digits, 16)))
    }
  }
  let taken = 0
  fc.assert(fc.property(target, fc.constantFrom('https://host.example', 'http://host.example'), (text, origin) => {
    const result = checkRedirect(text)
    if (result === undefined) return true
    taken += 1
    return result === text && [result, decode(result), new URL(result, origin).pathname].every((form) =>
      [`${origin}/`, `${origin}/if/flow/login/?next=x`].every((base) => new URL(form, base).origin === origin))
  }), { numRuns: 20000 })
  t.ok(taken > 1000, 'enough targets were taken for this to say something')
})
