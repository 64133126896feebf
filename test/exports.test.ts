import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { exportsOf, programOf } from './typescript-program.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const manifest: { exports: Record<string, { types: string, default: string } | string> } =
  JSON.parse(await readFile(`${root}package.json`, 'utf8'))
/** The public names of each subpath, in `public-names.json`: a name that comes or goes has to be written there. */
const published: Record<string, { values: string[], types: string[] }> =
  JSON.parse(await readFile(new URL('public-names.json', import.meta.url), 'utf8'))

/** Every subpath that is a module. */
const modules = Object.entries(manifest.exports).flatMap(([subpath, target]) => typeof target === 'string' ? [] : [{ subpath, target }])

t.test('exports: the map has the subpaths that the README names', async (t) => {
  const readme = await readFile(`${root}README.md`, 'utf8')
  const named = [...readme.matchAll(/`fastify-flow-planner\/([\w-]+)`/g)].map(([, name]) => `./${name}`)
  t.strictSame([...new Set(['.', ...named])].sort(), modules.map(({ subpath }) => subpath).sort())
})

for (const { subpath, target } of modules) {
  t.test(`exports: ${subpath} has the names that it is meant to have, in its types and at run time`, async (t) => {
    const source = root + target.types.replace(/^\.\/dist\//, '').replace(/\.d\.ts$/, '.ts')
    const { values, types } = exportsOf(programOf(source), source)
    t.strictSame({ values, types }, published[subpath])
    t.strictSame(Object.keys(await import(`${root}${target.default}`)).sort(), values)
  })
}

t.test('exports: no subpath is forgotten in the list', async (t) => {
  t.strictSame(Object.keys(published).sort(), modules.map(({ subpath }) => subpath).sort())
})

t.test('exports: the engine has what its parts have, and the package what the engine has', async (t) => {
  const namesOf = (subpath: string) => [...published[subpath]?.values ?? [], ...published[subpath]?.types ?? []]
  const missing = (part: string, whole: string) => namesOf(part).filter((name) => !namesOf(whole).includes(name))
  for (const part of ['./blueprints', './policies', './stages']) t.strictSame(missing(part, './engine'), [], part)
  t.strictSame(missing('./engine', '.'), [])
})
