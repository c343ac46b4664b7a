/**
 * The file that carries a person to another machine, sealed with a passphrase.
 *
 *     "parley-export" 00 version u8 (01) salt[16]                head, 31 bytes
 *     L u32 || AEAD(chunk)                                       any number of records, L counts the bytes behind it
 *
 * The key is scrypt(passphrase in UTF-8 and NFC, salt, N 2^17, r 8, p 1), 32 bytes. A record is sealed by ChaCha20-Poly1305
 * with its number from 0 on as the nonce of Noise, and with the head and a byte as associated data: 01 for the last record,
 * 00 for every other. So a file that is cut, joined or put in another order does not open.
 */
import { scrypt } from 'node:crypto'
import { newNonce, open, sealInto, writeNonce } from '../noise/primitives.ts'

export const SALT_BYTES = 16
const MAGIC = Buffer.from('parley-export\0', 'latin1')
const VERSION = 1
export const HEAD_BYTES = MAGIC.length + 1 + SALT_BYTES
/** Bytes of a chunk, at most. */
export const CHUNK_BYTES = 65_536
export const LENGTH_BYTES = 4
const TAG_BYTES = 16
const KEY_BYTES = 32
/** RFC 7914, section 2; it takes 128 MiB. */
const COST = { N: 2 ** 17, r: 8, p: 1, maxmem: 160 * 1024 * 1024 }

export function exportHead(salt: Buffer): Buffer {
  return Buffer.concat([MAGIC, Buffer.of(VERSION), salt])
}

/** What a file is that begins so. */
export function kindOfHead(head: Buffer): 'export' | 'later_export' | 'other' {
  if (head.length < HEAD_BYTES || !head.subarray(0, MAGIC.length).equals(MAGIC)) return 'other'
  return head[MAGIC.length] === VERSION ? 'export' : 'later_export'
}

/** Takes a third of a second, in another thread. */
export function exportKey(passphrase: string, head: Buffer): Promise<Buffer> {
  const salt = head.subarray(-SALT_BYTES)
  return new Promise((resolve, reject) => {
    scrypt(Buffer.from(passphrase.normalize('NFC')), salt, KEY_BYTES, COST, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}

/** Seals and opens the records of one file, in order. Invariant: no nonce is used twice. */
export class ExportRecords {
  readonly #key: Buffer
  readonly #head: Buffer
  readonly #nonce = newNonce()
  #number = 0

  constructor(key: Buffer, head: Buffer) {
    this.#key = key
    this.#head = head
  }

  /** The record with its length. */
  seal(plain: Buffer, isLast: boolean): Buffer {
    const record = Buffer.alloc(LENGTH_BYTES + plain.length + TAG_BYTES)
    record.writeUInt32BE(plain.length + TAG_BYTES)
    sealInto(record, LENGTH_BYTES, { plain, ...this.#next(isLast) })
    return record
  }

  /** `sealed`: a record without its length. Throws when it is not the next one of this file, or the passphrase is another. */
  open(sealed: Buffer, isLast: boolean): Buffer {
    return open({ sealed, ...this.#next(isLast) })
  }

  #next(isLast: boolean) {
    writeNonce(this.#nonce, this.#number++)
    const associated = Buffer.concat([this.#head, Buffer.of(isLast ? 1 : 0)])
    return { key: this.#key, nonce: this.#nonce, associated }
  }
}

/** The length of a record that begins so; undefined when no record has it. */
export function recordLength(length: Buffer): number | undefined {
  const bytes = length.length === LENGTH_BYTES ? length.readUInt32BE() : 0
  return bytes >= TAG_BYTES && bytes <= CHUNK_BYTES + TAG_BYTES ? bytes : undefined
}
