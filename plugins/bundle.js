import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

// Puts the package's entries into dist, with the libraries that they load at once and these libraries' licences: most of the time
// of an import goes into finding and reading modules, some 700 without this. What entries share is in chunks, so that all have
// the same classes.

const { resolve } = createRequire(import.meta.url)
const root = fileURLToPath(new URL('..', import.meta.url))
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))

/** Source files of what the manifest offers: its exports and its command. */
const entries = [...Object.values(manifest.exports).map((target) => target.default), ...Object.values(manifest.bin)]
  .filter((path) => path !== undefined)
  .map((path) => path.replace('./dist/', '').replace(/\.js$/, '.ts'))

const settings = {
  absWorkingDir: root,
  outbase: '.',
  outdir: 'dist',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: true,
  charset: 'utf8',
  logLevel: 'warning'
}

const { metafile } = await build({
  ...settings,
  entryPoints: entries,
  metafile: true,
  bundle: true,
  splitting: true,
  chunkNames: 'lib/chunks/[name]-[hash]',
  external: [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)].filter((name) => name !== '@sinclair/typebox'),
  // For Node it is CommonJS, which a bundle of modules can only take whole.
  alias: { yaml: join(dirname(resolve('yaml/package.json')), 'browser/dist/index.js') }
})
await build({ ...settings, entryPoints: ['examples/*.ts'] })

/** The folder of the library that a bundled file is of. */
const libraryOf = (file) => file.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+\//)?.[0]

async function licence (folder) {
  const { name, version } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'))
  const file = (await readdir(join(root, folder))).find((candidate) => /^licen[cs]e/i.test(candidate))
  if (file === undefined) throw new Error(`${name} is bundled, and has no licence to go with it`)
  return `# ${name} ${version}\n\n${(await readFile(join(root, folder, file), 'utf8')).trim()}\n`
}

const libraries = new Set(Object.keys(metafile.inputs).map(libraryOf).filter((folder) => folder !== undefined))
const licences = await Promise.all([...libraries].sort().map(licence))
await writeFile(join(root, 'dist/LICENCES.txt'), `The modules contain these libraries.\n\n${licences.join('\n')}`)
