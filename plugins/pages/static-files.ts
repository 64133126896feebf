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
  /** Scripts, styles and dictionaries, by name. */
  readonly code: ReadonlyMap<string, StaticFile>
  /** The scripts that an entry script loads at once, by the entry's name without its ending. */
  readonly imports: ReadonlyMap<string, readonly string[]>
  readonly background: StaticFile
  readonly avatar: StaticFile
  /** Changes whenever a script or a style does. */
  readonly version: string
}

/** A style or a dictionary that is made at the start, not read. */
export interface MadeFile {
  readonly name: string
  readonly text: string
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.json', 'application/json; charset=utf-8'],
  ['.jpg', 'image/jpeg'],
  ['.png', 'image/png']
])

/** The package's own folder, the same from its sources, its build and where it is installed. */
const root = dirname(createRequire(import.meta.url).resolve('fastify-flow-planner/package.json'))

/** The sources hold the images in one place, what is published in another. */
const images = [join(root, 'plugins/pages/assets'), join(root, 'dist/plugins/pages/assets')].find((folder) => existsSync(folder)) ?? root

/** What the browser runs is built even where the server runs from its sources. */
const built = join(root, 'dist/plugins/pages/browser')

function hash (...parts: readonly Buffer[]): string {
  const digest = createHash('sha256')
  for (const part of parts) digest.update(part)
  return digest.digest('base64url').slice(0, 22)
}

function staticFile (name: string, body: Buffer): StaticFile {
  return { name, body, type: TYPES.get(extname(name)) ?? 'application/octet-stream', etag: `"${hash(body)}"` }
}

async function load (folder: string, name: string): Promise<StaticFile> {
  return staticFile(name, await readFile(join(folder, name)))
}

async function loadCode (): Promise<StaticFile[]> {
  const names = (await readdir(built)).filter((name) => /\.(js|css)$/.test(name)).sort()
  return await Promise.all(names.map((name) => load(built, name)))
}

async function loadImports (): Promise<Map<string, string[]>> {
  const manifest: Record<string, string[]> = JSON.parse(await readFile(join(built, 'manifest.json'), 'utf8'))
  return new Map(Object.entries(manifest))
}

/** Reads all files, and puts those that were made beside them. Rejects where one is missing, as before the first build. */
export async function loadPageFiles (made: readonly MadeFile[]): Promise<PageFiles> {
  const [background, avatar, read, imports] = await Promise.all([
    load(images, 'flow_background.jpg'), load(images, 'user_default.png'), loadCode(), loadImports()
  ])
  const code = [...read, ...made.map(({ name, text }) => staticFile(name, Buffer.from(text)))]
  return {
    code: new Map(code.map((file) => [file.name, file])),
    imports,
    background,
    avatar,
    version: hash(...code.map((file) => file.body))
  }
}
