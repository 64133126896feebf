/** The package qrcode-generator, which the server offers beside these modules. */
interface QrCode {
  addData (data: string): void
  make (): void
  getModuleCount (): number
  isDark (row: number, column: number): boolean
}

/** Version 0 takes the smallest that the data fits into. */
export function qrcode (version: 0, correction: 'L' | 'M' | 'Q' | 'H'): QrCode
