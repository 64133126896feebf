import fc from 'fast-check'
import t from 'tap'
import { MASK } from '../../lib/context/sensitive.js'
import { maskedQuery, maskedUrl } from '../../lib/record/masked-url.js'

t.test('secret parameters of a query are masked, at whatever depth of the URLs in it', (t) => {
  const nested = (depth: number): string => depth === 0 ? 'access_token=canary' : `next=${encodeURIComponent(`/page?${nested(depth - 1)}`)}&state=1`
  for (const query of [
    'token=canary', 'a=1&%74oken=canary&b=2', 'token=can ary', 'token=canary#canary', 'token=1&token=canary', 'pass=canary=',
    'next=/page#access_token=canary', 'next=/page?token=canary', ...[1, 2, 3, 12].map(nested)
  ]) {
    const { text, secrets } = maskedQuery(query)
    t.notMatch(text, 'canary', query)
    t.ok(secrets.length > 0)
    t.strictSame(maskedQuery(text), { text, secrets: [] }, 'masked once more it is the same')
  }
  t.end()
})

t.test('what is no secret keeps its spelling', (t) => {
  for (const query of ['', 'next=/a%20b', 'next=/a+b&x', 'next=%2Fa%3Fb%3Dc', '=', '%', 'token=', 'passing=1']) {
    t.strictSame(maskedQuery(query), { text: query, secrets: [] })
  }
  t.equal(maskedUrl('Whose token=1 is this'), 'Whose token=1 is this', 'no URL')
  t.equal(maskedUrl('https://host.example/cb?state=%20&code_token=x#top'), `https://host.example/cb?state=%20&code_token=${MASK}#top`)
  t.end()
})

t.test('of any text, masking leaves what masking leaves as it is', (t) => {
  const part = fc.constantFrom('?', '&', '#', '=', 'token', 'next', '%3F', '%26', '%3D', '%', '+', ' ', 'x')
  fc.assert(fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
    const once = maskedUrl(parts.join(''))
    return maskedUrl(once) === once
  }), { numRuns: 5000 })
  maskedUrl('?a='.repeat(100_000))
  t.end()
})
