/** What a command writes to. */
export interface Output {
  readonly print: (text: string) => void
  readonly complain: (text: string) => void
}
