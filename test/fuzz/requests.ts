import fc from 'fast-check'

/** A request to one of the routes, valid or not. */
export interface FuzzedRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD' | 'OPTIONS'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly payload: string | undefined
  /** Which of the browsers sends it. */
  readonly browser: number
}

const slug = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('sign-in', 'enrol', 'walk', 'sign-out', 'agree') },
  { weight: 1, arbitrary: fc.string({ maxLength: 60 }).map(encodeURIComponent) },
  { weight: 1, arbitrary: fc.constantFrom('..', '%00', '-', '__proto__', 'constructor', 'a'.repeat(51), '%ff') })

const path = fc.oneof(
  { weight: 10, arbitrary: slug.map((name) => `/api/v3/flows/executor/${name}/`) },
  { weight: 2, arbitrary: slug.map((name) => `/api/v3/flows/inspector/${name}/`) },
  { weight: 1, arbitrary: slug.map((name) => `/api/v3/flows/inspector/${name}/explain/`) },
  { weight: 1, arbitrary: slug.map((name) => `/api/v3/flows/inspector/${name}/picture/`) },
  { weight: 1, arbitrary: slug.map((name) => `/api/v3/flows/inspector/${name}/export-run/`) },
  { weight: 2, arbitrary: slug.map((name) => `/api/v3/flows/inspector/${name}/simulate/`) },
  { weight: 1, arbitrary: slug.map((name) => `/api/v3/flows/instances/${name}/`) },
  { weight: 1, arbitrary: fc.tuple(slug, fc.constantFrom('diagram', 'export', 'execute')).map(([name, what]) => `/api/v3/flows/instances/${name}/${what}/`) },
  { weight: 1, arbitrary: fc.constantFrom('/api/v3/flows/instances/', '/flows/-/cancel/') },
  { weight: 1, arbitrary: slug.map((name) => `/if/flow/${name}/`) },
  { weight: 1, arbitrary: slug.map((name) => `/if/inspector/${name}/`) })

const query = fc.oneof(
  { weight: 5, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom('?query=next%3D%2Fthere', '?query=', '?query=%00', '?next=//evil.example', '?page=0', '?page=2&page_size=1', '?inspector') },
  { weight: 1, arbitrary: fc.string({ maxLength: 40 }).map((text) => `?query=${encodeURIComponent(text)}`) },
  { weight: 1, arbitrary: fc.constant(`?query=${'a'.repeat(9000)}`) })

const component = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('ak-stage-identification', 'ak-stage-password', 'ak-stage-prompt', 'ak-stage-dummy', 'ak-stage-consent') },
  { weight: 1, arbitrary: fc.jsonValue() })

/** Members that stages take, with values that fit and values that do not. */
const members = fc.record({
  component,
  uid_field: fc.oneof(fc.constantFrom('admin', 'nobody', ''), fc.jsonValue()),
  password: fc.oneof(fc.constantFrom('wrong', ''), fc.jsonValue()),
  username: fc.oneof(fc.string(), fc.jsonValue()),
  token: fc.jsonValue(),
  step_token: fc.jsonValue(),
  user: fc.oneof(fc.constant('admin'), fc.jsonValue()),
  context: fc.jsonValue(),
  verdicts: fc.jsonValue(),
  answers: fc.jsonValue()
}, { requiredKeys: [] })

const body = fc.oneof(
  { weight: 8, arbitrary: members.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ maxLength: 200 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '{"__proto__":{"component":"ak-stage-dummy"}}', '{"constructor":{"prototype":{"x":1}}}', '['.repeat(5000), '{"a":'.repeat(5000),
      '{"component":"ak-stage-prompt","username":"\\ud800"}', '{"component":"ak-stage-prompt","username":"\\u0000"}', '\ufeff{}', '')
  })

const headers = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ 'content-type': 'application/json' }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Record<string, string>>(
      {}, { 'content-type': 'text/plain' }, { 'content-type': 'application/x-www-form-urlencoded' }, { 'content-type': 'application/json; charset=latin1' },
      { 'content-type': 'application/json', 'sec-fetch-site': 'cross-site' }, { 'content-type': 'application/json', origin: 'null' },
      { 'content-type': 'application/json', 'accept-language': ',;q=x' }, { 'content-type': 'application/json', 'content-length': '1' })
  })

/** Requests of which most come near to being right. */
export const request: fc.Arbitrary<FuzzedRequest> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'GET', 'POST', 'POST', 'POST', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'),
  url: fc.tuple(path, query).map(([where, what]) => where + what),
  headers,
  payload: fc.option(body, { nil: undefined, freq: 8 }),
  browser: fc.nat(3)
})
