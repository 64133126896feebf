import { cp, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

// Puts what the pages load into dist: the images as they are, scripts and styles bundled, and a manifest that says which
// scripts an entry loads at once.

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const out = here('../../dist/plugins/pages/browser/')

const IMAGES = ['flow_background.jpg', 'user_default.png']
const SCRIPTS = ['flow', 'flow-inspected', 'inspector']
const STYLES = ['flow', 'inspector']

const { metafile } = await build({
  entryPoints: [...SCRIPTS.map((name) => here(`browser/${name}.ts`)), ...STYLES.map((name) => here(`assets/${name}.css`))],
  bundle: true,
  splitting: true,
  format: 'esm',
  minify: true,
  charset: 'utf8',
  target: ['chrome111', 'firefox114', 'safari16.4'],
  entryNames: '[name]',
  chunkNames: '[name]-[hash]',
  outdir: out,
  metafile: true,
  logLevel: 'warning'
})

const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output]))

/** The scripts that a script imports, with those that they import. */
function imported (name, kind) {
  const direct = outputs.get(name).imports.filter((item) => item.kind === kind).map(({ path }) => basename(path))
  return [...new Set(direct.flatMap((path) => [path, ...imported(path, 'import-statement')]))]
}

const manifest = Object.fromEntries(SCRIPTS.map((name) => [name, imported(`${name}.js`, 'import-statement')]))
await writeFile(`${out}manifest.json`, JSON.stringify(manifest))

for (const name of IMAGES) await cp(here(`assets/${name}`), here(`../../dist/plugins/pages/assets/${name}`))
