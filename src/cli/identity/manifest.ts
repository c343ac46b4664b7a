/** The first record of an export: who the person is. JSON, so that a later version may add to it. */
import * as v from 'valibot'
import { SEED_BYTES } from '../../identity/key-pair.ts'

export interface Manifest {
  /** What the person is called on the machine that it comes from; empty if it has no name. */
  readonly name: string
  /** Its secret: 32 bytes. */
  readonly seed: Buffer
}

const Form = v.object({ name: v.string(), key: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)) })

export function writeManifest({ name, seed }: Manifest): Buffer {
  return Buffer.from(JSON.stringify({ name, key: seed.toString('base64url') }))
}

/** Undefined for anything else. */
export function readManifest(bytes: Buffer): Manifest | undefined {
  try {
    const { name, key } = v.parse(Form, JSON.parse(bytes.toString()))
    const seed = Buffer.from(key, 'base64url')
    return seed.length === SEED_BYTES ? { name, seed } : undefined
  } catch {
    return undefined
  }
}
