/** The network key that a user gives: by a file, a variable or the configuration, and what is said when it cannot be used. */
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { NetworkKey } from '../../../src/identity/network-key.ts'
import { givenNetworkKey, networkKeyIn, writeNetworkKey } from '../../../src/cli/running/network-key.ts'
import { temporaryDirectory } from '../../support/files.ts'

const KEY = new NetworkKey(Buffer.alloc(32, 5))
const warnings: string[] = []
const warn = (sentence: string): void => {
  warnings.push(sentence)
}

function fileWith(text: string, mode = 0o600): string {
  const path = join(temporaryDirectory(), 'office')
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

function refusal(task: () => unknown): { readonly status: unknown; readonly message: string } {
  try {
    task()
  } catch (error) {
    if (error instanceof Error && 'status' in error) return { status: error.status, message: error.message }
    throw error
  }
  throw new Error('it was not refused')
}

const given = (value: string | undefined, isTyped = false) => givenNetworkKey({ value, isTyped }, warn)?.text

describe('a new key', () => {
  test('is in a file that only its user may read, in a directory that is made for it', () => {
    const path = join(temporaryDirectory(), 'a', 'b', 'office')
    writeNetworkKey(path, KEY)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(networkKeyIn(path, warn).text).toBe(KEY.text)
    expect(warnings).toEqual([])
  })

  test('never takes the place of a file', () => {
    const path = fileWith('my thesis')
    const { status, message } = refusal(() => {
      writeNetworkKey(path, KEY)
    })
    expect([status, message]).toEqual([2, expect.stringContaining(`${path} is there already`)])
    expect(readFileSync(path, 'utf8')).toBe('my thesis')
  })
})

describe('a key that is given', () => {
  test('is none', () => {
    expect(given(undefined)).toBeUndefined()
  })

  test('by a file', () => {
    expect(given(fileWith(`\n${KEY.text}\n`), true)).toBe(KEY.text)
  })

  test('by a variable or the configuration', () => {
    expect(given(KEY.text)).toBe(KEY.text)
  })

  test('on the command line is refused, without repeating it', () => {
    const { status, message } = refusal(() => given(KEY.text, true))
    expect([status, message]).toEqual([2, expect.stringContaining('every user of this machine can read')])
    expect(message).not.toContain(KEY.text)
  })

  test.each<[what: string, path: () => string, sentence: string]>([
    ['is not there', () => join(temporaryDirectory(), 'none'), 'there is no file'],
    ['is a directory', temporaryDirectory, 'is a directory'],
    ['is empty', () => fileWith(''), 'a network key begins with "parley-network-1:"'],
    ['has something else', () => fileWith('-----BEGIN KEY-----'), 'a network key begins with'],
    ['has a wrong character', () => fileWith(KEY.text.replace('BQUF', 'BQUG')), 'checksum does not fit'],
    ['is large', () => fileWith('x'.repeat(2_000)), 'is larger than a network key'],
  ])('by a file that %s is refused', (_what, path, sentence) => {
    const place = path()
    const { status, message } = refusal(() => given(place))
    expect([status, message]).toEqual([2, expect.stringContaining(sentence)])
    expect(message).toContain(place)
  })

  test('by a variable with garbage is refused, without repeating it', () => {
    const { message } = refusal(() => given(`${KEY.text}x`))
    expect(message).toContain('PARLEY_NETWORK_KEY')
    expect(message).not.toContain(KEY.text)
  })

  test('by a file that others can read is used, and said', () => {
    const path = fileWith(KEY.text, 0o644)
    expect(given(path)).toBe(KEY.text)
    expect(warnings).toEqual([
      `others on this machine can read the network key in ${path}; "chmod 600 ${path}" keeps it from them`,
    ])
  })
})
