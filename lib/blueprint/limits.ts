/** How much a blueprint may ask for; what goes beyond is refused with an error that names the limit. */
export interface BlueprintLimits {
  /** Bytes of one file, and characters of one text that `!Format` or `!File` makes. Defaults to 1,048,576. */
  readonly textBytes: number
  /** Collections and tags inside each other. Defaults to 64. */
  readonly depth: number
  /** Aliases followed in one file. Defaults to 100. */
  readonly aliases: number
  /** Entries of all files together. Defaults to 10,000. */
  readonly entries: number
  /** Items that one `!Enumerate` goes through. Defaults to 10,000. */
  readonly items: number
  /** Values that the tags and aliases of one file may come to. Defaults to 500,000. */
  readonly values: number
}

export const DEFAULT_LIMITS: BlueprintLimits = {
  textBytes: 1_048_576,
  depth: 64,
  aliases: 100,
  entries: 10_000,
  items: 10_000,
  values: 500_000
}
