/** The text of a blueprint. */
export interface BlueprintFile {
  /** What messages call the file, and what `!File` is relative to. */
  readonly path: string
  readonly text: string
}
