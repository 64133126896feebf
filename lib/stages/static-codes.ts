/** 32 letters and digits, so that five bits choose one without bias; none is easily taken for another. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789'

/** Makes single-use codes of `length` characters, five random bits each. */
export function makeStaticCodes (count: number, length: number, randomBytes: (length: number) => Uint8Array): string[] {
  const character = (byte: number) => ALPHABET.charAt(byte % ALPHABET.length)
  return Array.from({ length: count }, () => Array.from(randomBytes(length), character).join(''))
}
