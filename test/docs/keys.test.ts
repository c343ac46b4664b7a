/** What docs/protocol.md shows of keys is true: its example, and the keys that are refused. */
import { expect, test } from 'vitest'
import { blocksOf, read } from './documents.ts'
import { KeyPair } from '../../src/identity/key-pair.ts'
import { keyBytesOf, keyIdOf } from '../../src/identity/public-key.ts'
import { shortId } from '../../src/identity/short-id.ts'

const BLOCKS = blocksOf(read('docs/protocol.md'))

test('the example is the key of its seed', () => {
  const { id, publicKey } = new KeyPair(Buffer.from(Array.from({ length: 32 }, (_, index) => index)))
  const shown = BLOCKS.find(({ text }) => text.startsWith('public key'))?.text ?? ''
  const lines = shown.trim().split('\n')
  expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
    ['public key', publicKey.toString('hex')],
    ['id', id],
    ['short id', shortId(id)],
  ])
})

test('the keys of the list are refused, with both signs', () => {
  const listed = BLOCKS.flatMap(({ text }) => text.match(/^[0-9a-f]{64}$/gm) ?? [])
  expect(listed).toHaveLength(5)
  for (const hex of listed) {
    const key = Buffer.from(hex, 'hex')
    expect(keyIdOf(key)).toBeUndefined()
    key.writeUInt8(key.readUInt8(31) | 0x80, 31)
    expect(keyIdOf(key)).toBeUndefined()
    expect(keyBytesOf(key.toString('base64url'))).toBeUndefined()
  }
})
