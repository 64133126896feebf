import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'

/** A file that is sent as it is. */
export interface StaticFile {
  readonly name: string
  readonly type: string
  readonly etag: string
  readonly body: Buffer
}

/** The files of the pages, read once. */
export interface PageFiles {
  /** Scripts and style, by name. */
  readonly code: ReadonlyMap<string, StaticFile>
  readonly background: StaticFile
  readonly avatar: StaticFile
  /** Changes whenever one of the scripts or the style does. */
  readonly version: string
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ['.js', 'text/javascript; charset=utf-8'],
  ['.mjs', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.jpg', 'image/jpeg'],
  ['.png', 'image/png']
])

const require = createRequire(import.meta.url)

/** The package's own folder, the same from its sources, its build and where it is installed. */
const root = dirname(require.resolve('fastify-flow-planner/package.json'))

/** The sources hold the assets in one place, what is published in another. */
const assets = [join(root, 'plugins/pages/assets'), join(root, 'dist/plugins/pages/assets')].find((folder) => existsSync(folder)) ?? root

/** The TypeScript of the browser is compiled even where the server's runs from its sources. */
const scripts = join(root, 'dist/plugins/pages/browser')

function hash (...parts: readonly Buffer[]): string {
  const digest = createHash('sha256')
  for (const part of parts) digest.update(part)
  return digest.digest('base64url').slice(0, 22)
}

/** Code is sent without its indentation, a tenth of its size. No text in it goes over the end of a line. */
function compact (body: Buffer): Buffer {
  return Buffer.from(body.toString().replace(/^[ \t]+/gm, ''))
}

async function load (path: string, name: string): Promise<StaticFile> {
  const content = await readFile(path)
  const body = /\.(m?js|css)$/.test(name) ? compact(content) : content
  return { name, body, type: TYPES.get(extname(name)) ?? 'application/octet-stream', etag: `"${hash(body)}"` }
}

async function loadScripts (): Promise<StaticFile[]> {
  const names = (await readdir(scripts)).filter((name) => name.endsWith('.js')).sort()
  return Promise.all(names.map((name) => load(join(scripts, name), name)))
}

function qrEncoder (): string {
  return join(dirname(require.resolve('qrcode-generator')), 'qrcode.mjs')
}

/** Reads all files. Rejects where one is missing, as before the first build. */
export async function loadPageFiles (): Promise<PageFiles> {
  const [background, avatar, style, encoder, ...modules] = await Promise.all([
    load(join(assets, 'flow_background.jpg'), 'flow_background.jpg'),
    load(join(assets, 'user_default.png'), 'user_default.png'),
    load(join(assets, 'flow.css'), 'flow.css'),
    load(qrEncoder(), 'qrcode.mjs')
  ]).then(async (files) => [...files, ...await loadScripts()] as const)
  const code = [style, encoder, ...modules]
  return {
    code: new Map(code.map((file) => [file.name, file])),
    background,
    avatar,
    version: hash(...code.map((file) => file.body))
  }
}
