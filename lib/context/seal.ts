import {
  createCipheriv, createDecipheriv, createHmac, createSecretKey, hash, hkdfSync, timingSafeEqual, type KeyObject
} from 'node:crypto'
import { OptionsError, SealError } from '../errors.js'

const CIPHER = 'aes-256-gcm'
const VERSION = 1
const KEY_LENGTH = 32
const ID_LENGTH = 8
const NONCE_LENGTH = 12
const TAG_LENGTH = 16
const HEAD_LENGTH = 1 + ID_LENGTH
/** Keeps every string as it is, lone surrogates included, where UTF-8 would replace them. */
const TEXT = 'utf16le'

/** How a text is turned into bytes: `utf8` takes half the room, for texts without lone surrogates such as JSON. */
export type SealEncoding = 'utf16le' | 'utf8'

interface SealKey {
  readonly id: Buffer
  readonly cipherKey: Buffer
  readonly macKey: KeyObject
  /** As text, so that it can be hashed with a text in one go; as short a one as can be, so that most take one block. */
  readonly tagKey: string
}

function derive (key: Uint8Array, purpose: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', `fastify-flow-planner ${purpose}`, length))
}

function sealKey (key: Uint8Array): SealKey {
  if (key.length !== KEY_LENGTH) throw new OptionsError(`A seal key must be ${KEY_LENGTH} bytes long, not ${key.length}`)
  return {
    id: derive(key, 'key id', ID_LENGTH),
    cipherKey: derive(key, 'seal', KEY_LENGTH),
    macKey: createSecretKey(derive(key, 'fingerprint', KEY_LENGTH)),
    tagKey: derive(key, 'tag', KEY_LENGTH).toString('base64url')
  }
}

function macOf ({ macKey }: SealKey, text: string): string {
  return createHmac('sha256', macKey).update(text, TEXT).digest('hex')
}

/** With SHA-3 a key in front is a safe MAC: unlike SHA-2 it has no state that a longer text could go on from. */
function tagOf ({ tagKey }: SealKey, text: string): string {
  return hash('sha3-256', tagKey + text, 'hex')
}

/** A box is only good where it was made for, under the version and the key that its head names. */
function additionalData (head: Uint8Array, boundTo: string): Buffer {
  return Buffer.concat([head, Buffer.from(boundTo, TEXT)])
}

/**
 * Seals what a run store must hold but nobody may read there (AES-256-GCM). A box is base64url text of a version
 * byte, the key's id, a random nonce, the ciphertext and its tag.
 */
export class Sealer {
  readonly #first: SealKey
  readonly #keys: ReadonlyMap<string, SealKey>
  readonly #randomBytes: (length: number) => Uint8Array

  /**
   * @param keys 32 bytes each. The first seals; all of them open, so that a key can be replaced while runs are live.
   * @throws OptionsError where there is no key, or one of another length
   */
  constructor (keys: readonly Uint8Array[], randomBytes: (length: number) => Uint8Array) {
    const [first, ...others] = keys.map(sealKey)
    if (first === undefined) throw new OptionsError('At least one seal key is needed')
    this.#first = first
    this.#keys = new Map([first, ...others].map((key) => [key.id.toString('hex'), key]))
    this.#randomBytes = randomBytes
  }

  /**
   * Seals a text. Only {@link Sealer.open} with the same `boundTo` (such as the run's id) opens the box again.
   *
   * @throws OptionsError where `randomBytes` gives another number of bytes than it was asked for
   */
  seal (plaintext: string, boundTo: string, encoding: SealEncoding = TEXT): string {
    const nonce = this.#randomBytes(NONCE_LENGTH)
    if (nonce.length !== NONCE_LENGTH) throw new OptionsError('randomBytes must give as many bytes as it is asked for')
    const head = Buffer.concat([Buffer.of(VERSION), this.#first.id])
    const cipher = createCipheriv(CIPHER, this.#first.cipherKey, nonce, { authTagLength: TAG_LENGTH })
    cipher.setAAD(additionalData(head, boundTo))
    const sealed = [cipher.update(plaintext, encoding), cipher.final()]
    return Buffer.concat([head, nonce, ...sealed, cipher.getAuthTag()]).toString('base64url')
  }

  /**
   * Opens a box, in the encoding that it was sealed in.
   *
   * @throws SealError where the box was altered, bound to something else, or sealed with a key that is not here
   */
  open (box: string, boundTo: string, encoding: SealEncoding = TEXT): string {
    try {
      return this.#open(Buffer.from(box, 'base64url'), box, boundTo).toString(encoding)
    } catch {
      throw new SealError()
    }
  }

  #open (bytes: Buffer, box: string, boundTo: string): Buffer {
    // The decoder skips what is not base64url; a box has one spelling only.
    if (bytes.toString('base64url') !== box || bytes[0] !== VERSION) throw new SealError()
    const head = bytes.subarray(0, HEAD_LENGTH)
    const key = this.#keys.get(head.subarray(1).toString('hex'))
    if (key === undefined || bytes.length < HEAD_LENGTH + NONCE_LENGTH + TAG_LENGTH) throw new SealError()
    const nonce = bytes.subarray(HEAD_LENGTH, HEAD_LENGTH + NONCE_LENGTH)
    const decipher = createDecipheriv(CIPHER, key.cipherKey, nonce, { authTagLength: TAG_LENGTH })
    decipher.setAAD(additionalData(head, boundTo))
    decipher.setAuthTag(bytes.subarray(-TAG_LENGTH))
    const sealed = bytes.subarray(HEAD_LENGTH + NONCE_LENGTH, -TAG_LENGTH)
    return Buffer.concat([decipher.update(sealed), decipher.final()])
  }

  /**
   * The keyed fingerprints of a text under each of the keys, the first key's first (HMAC-SHA256, lower-case hex): equal for equal
   * texts, and of no use for guessing the text to whoever has only the store.
   */
  macs (text: string): string[] {
    return Array.from(this.#keys.values(), (key) => macOf(key, text))
  }

  /**
   * A keyed fingerprint like those of {@link Sealer.macs}, under the first key, for what each request needs: at half the cost
   * (SHA3-256 of key and text, lower-case hex).
   *
   * @param text without lone surrogates, such as JSON; they would be taken for U+FFFD.
   */
  tag (text: string): string {
    return tagOf(this.#first, text)
  }

  /** Whether this is the tag of the text, under any of the keys. */
  isTag (tag: string, text: string): boolean {
    const given = Buffer.from(tag)
    return [...this.#keys.values()].some((key) => {
      const right = Buffer.from(tagOf(key, text))
      return right.length === given.length && timingSafeEqual(right, given)
    })
  }
}
