import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { BlueprintError } from '../errors.js'
import type { BlueprintFile } from './blueprint-file.js'
import { DEFAULT_LIMITS } from './limits.js'

/** Blueprints read from disk, and the reader that `!File` needs. */
export interface ReadBlueprints {
  readonly files: readonly BlueprintFile[]
  /** Reads a file inside the folder of the blueprint that names it, symbolic links followed, and no other. */
  readonly readFile: (path: string, relative: string) => string
}

/**
 * Reads blueprints: files, and folders with all `*.yaml` and `*.yml` in them and below, sorted by path. Names that begin
 * with a dot and links to folders are passed over, so that a mounted volume shows each file once.
 *
 * @throws BlueprintError where a path cannot be read or a file is longer than `maxBytes` (default 1 MiB).
 */
export function readBlueprints (paths: readonly string[], maxBytes: number = DEFAULT_LIMITS.textBytes): ReadBlueprints {
  const found = new Set(paths.flatMap((path) => attempt(path, () => blueprintsAt(path))))
  return {
    files: [...found].map((path) => ({ path, text: attempt(path, () => readText(path, maxBytes)) })),
    readFile: (path, name) => readText(confine(path, name), maxBytes)
  }
}

function attempt<T> (path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new BlueprintError(path, `cannot be read: ${error instanceof Error ? error.message : 'unknown reason'}`)
  }
}

function blueprintsAt (path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  const entries = readdirSync(path, { withFileTypes: true }).filter(({ name }) => !name.startsWith('.'))
  return entries.sort((a, b) => a.name < b.name ? -1 : 1).flatMap((entry) => {
    const inside = join(path, entry.name)
    if (entry.isDirectory()) return blueprintsAt(inside)
    return /\.ya?ml$/.test(entry.name) && statSync(inside).isFile() ? [inside] : []
  })
}

function readText (path: string, maxBytes: number): string {
  const stats = statSync(path)
  if (!stats.isFile()) throw new Error('it is not a file')
  if (stats.size > maxBytes) throw new Error(`it has ${stats.size} bytes, more than the limit of ${maxBytes}`)
  return readFileSync(path, 'utf8')
}

function confine (blueprint: string, name: string): string {
  const folder = realpathSync(dirname(resolve(blueprint)))
  // What is outside is refused before it is looked for, so that nobody learns whether it is there.
  const wanted = resolve(folder, name)
  const way = relative(folder, wanted)
  const real = isOutside(way) ? undefined : realpathSync(wanted)
  if (real === undefined || isOutside(relative(folder, real))) throw new Error("it is outside of the blueprint's own folder")
  return real
}

function isOutside (way: string): boolean {
  return way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)
}
