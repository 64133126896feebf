/** A duration in milliseconds as people read it in a language: short ones with a tenth. */
export function milliseconds (duration: number, language: string): string {
  const digits = duration < 10 ? 1 : 0
  return `${new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(duration)} ms`
}
