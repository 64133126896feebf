import t from 'tap'
import { isRedirectTarget } from '../../lib/redirect/web-target.js'

t.test('web target: another host is, where it is plain to see which', async (t) => {
  for (const target of ['https://host.example', 'http://host.example/a?b=/c#d', '/', '/a?next=https%3A%2F%2Fhost.example']) {
    t.ok(isRedirectTarget(target), target)
  }
  for (const target of [
    'https://good.example\\@evil.example', 'https://user@host.example/', '//host.example', '/foo/..//evil.example', '/%252f%252fevil',
    'javascript:alert(1)', 'https:///host', '/a b', ''
  ]) t.notOk(isRedirectTarget(target), target)
})
