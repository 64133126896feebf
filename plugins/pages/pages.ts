import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { DocumentedSchema } from '../slug-routes.js'
import type { Brand } from './brand.js'
import { flowPage, type PageFlow, type PageSetting } from './flow-page.js'
import { inspectorPage } from './inspector-page.js'
import { notFoundPage } from './not-found-page.js'
import { PageLinks, textsFile, type PageEntry } from './page-urls.js'
import { loadPageFiles, type MadeFile, type StaticFile } from './static-files.js'
import { Dictionary } from './texts/dictionary.js'
import { themeSheet } from './theme.js'

export type { Brand } from './brand.js'
export type { PageFlow } from './flow-page.js'

/** Options of {@link flowPages}. */
export interface FlowPagesOptions {
  /** Where the API is, such as `/api/v3`, without a slash at the end. */
  readonly apiPrefix: string
  /** The flow of a slug, as it is at the moment of the request. */
  readonly findFlow: (slug: string) => PageFlow | undefined
  readonly brand?: Brand
  /** The languages of the pages. Defaults to those that the package comes with. */
  readonly dictionary?: Dictionary
}

/** Where challenges look for the background and the avatar: these URLs are part of the wire format. */
const IMAGES = '/static/dist/assets/images'

/** Everything from this origin but images; nothing inline; framed by this origin only. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: https:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'self'"
].join('; ')

/** What is for people's browsers is no operation of the API. */
const UNDOCUMENTED: { readonly schema: DocumentedSchema } = { schema: { hide: true } }

type PageRequest = FastifyRequest<{ Params: { slug: string }, Querystring: Record<string, unknown> }>

/** Makes the page of a request about a flow. */
type MakePage = (request: PageRequest, flow: PageFlow) => string

function sendPage (reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply.code(status).type('text/html; charset=utf-8').headers({
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cache-control': 'no-store',
    vary: 'accept-language'
  }).send(body)
}

function sendFile (request: FastifyRequest, reply: FastifyReply, file: StaticFile, cacheControl: string): FastifyReply {
  reply.headers({ etag: file.etag, 'cache-control': cacheControl, 'x-content-type-options': 'nosniff' })
  const known = request.headers['if-none-match']?.split(/\s*,\s*/).includes(file.etag) === true
  return known ? reply.code(304).send() : reply.type(file.type).send(file.body)
}

/** The files that follow from the options: the texts of each language, and the theme. */
function madeFiles ({ words }: Dictionary, { theme }: Brand): MadeFile[] {
  const texts = words.map(({ tag, texts, messages }) => ({
    name: textsFile(tag), text: JSON.stringify({ texts, messages })
  }))
  return theme === undefined ? texts : [...texts, { name: 'theme.css', text: themeSheet(theme) }]
}

/**
 * The pages for people, and the files that they load: `/if/flow/{slug}/`, with `inspector` in its query the inspector beside
 * the flow, and `/if/inspector/{slug}/`, the inspector alone. Rejects at registration where the browser's scripts have not been
 * built.
 */
export const flowPages: FastifyPluginAsync<FlowPagesOptions> = async (app, options) => {
  const { apiPrefix, findFlow, brand = {}, dictionary = new Dictionary() } = options
  const files = await loadPageFiles(madeFiles(dictionary, brand))
  const links = new PageLinks(files, app.prefix)

  const settingOf = (request: FastifyRequest, entry: PageEntry): PageSetting => {
    const words = dictionary.wordsFor(request.headers)
    return { apiPrefix, urls: links.urlsOf(entry, words.tag), brand, words }
  }

  const notFound = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    sendPage(reply, 404, notFoundPage(settingOf(request, 'flow'), `${app.prefix}${IMAGES}/flow_background.jpg`))

  const pages = (path: string, make: MakePage): void => {
    const handler = (request: PageRequest, reply: FastifyReply): FastifyReply => {
      const flow = findFlow(request.params.slug)
      return flow === undefined ? notFound(request, reply) : sendPage(reply, 200, make(request, flow))
    }
    app.get(`${path}/:slug/`, UNDOCUMENTED, handler)
    // With ignoreTrailingSlash the first route is this one already.
    if (!app.hasRoute({ method: 'GET', url: `${app.prefix}${path}/:slug` })) app.get(`${path}/:slug`, UNDOCUMENTED, handler)
    // A slug that is longer than the router lets a parameter be arrives here.
    app.get(`${path}/*`, UNDOCUMENTED, notFound)
  }

  pages('/if/flow', (request, flow) => {
    const inspected = 'inspector' in request.query
    return flowPage(flow, settingOf(request, inspected ? 'flow-inspected' : 'flow'), inspected)
  })
  pages('/if/inspector', (request, flow) => inspectorPage(flow, settingOf(request, 'inspector')))

  app.get<{ Params: { version: string, name: string } }>('/static/flow-planner/:version/:name', UNDOCUMENTED, (request, reply) => {
    const { version, name } = request.params
    const file = files.code.get(name)
    if (file === undefined) return reply.callNotFound()
    return sendFile(request, reply, file, version === files.version ? 'public, max-age=31536000, immutable' : 'no-cache')
  })
  for (const file of [files.background, files.avatar]) {
    app.get(`${IMAGES}/${file.name}`, UNDOCUMENTED, (request, reply) => sendFile(request, reply, file, 'public, max-age=3600'))
  }
}
