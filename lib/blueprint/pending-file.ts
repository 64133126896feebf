import type { BlueprintFile } from './blueprint-file.js'
import type { BlueprintLimits } from './limits.js'
import { readSourceFile, type SourceFile } from './source-file.js'

/**
 * A blueprint that is read when something of it is first asked for. Its nodes go to whoever takes it and are not kept:
 * of many files, all of their nodes at once would be most of what a start keeps in memory.
 */
export class PendingFile {
  readonly #file: BlueprintFile
  readonly #limits: BlueprintLimits
  #source: SourceFile | undefined
  #name: string | undefined
  #isRead = false

  constructor (file: BlueprintFile, limits: BlueprintLimits) {
    this.#file = file
    this.#limits = limits
  }

  get path (): string {
    return this.#file.path
  }

  /**
   * `metadata.name`, by which other files depend on this one.
   *
   * @throws BlueprintError where the file cannot be read.
   */
  get name (): string | undefined {
    if (!this.#isRead) this.#source = this.#read()
    return this.#name
  }

  /**
   * Hands over what is in the file.
   *
   * @throws BlueprintError where the file cannot be read.
   */
  take (): SourceFile {
    const source = this.#source ?? this.#read()
    this.#source = undefined
    return source
  }

  #read (): SourceFile {
    const source = readSourceFile(this.#file, this.#limits)
    this.#name = source.name
    this.#isRead = true
    return source
  }
}
