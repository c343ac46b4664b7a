/** The configuration file: where it is, and what is wrong with it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { readConfiguration } from '../../../src/cli/program/config-file.ts'
import { temporaryDirectory } from '../../support/files.ts'

function fileWith(content: string): string {
  const file = join(temporaryDirectory(), 'config.json')
  writeFileSync(file, content)
  return file
}

test('a named file', () => {
  const file = fileWith('{"name": "alice", "lan": true}')
  expect(readConfiguration(file)).toEqual({ file, values: { name: 'alice', lan: true } })
})

test('the usual file, if it exists', () => {
  const base = temporaryDirectory()
  vi.stubEnv('XDG_CONFIG_HOME', base)
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
  expect(readConfiguration(undefined)).toBeUndefined()
  mkdirSync(join(base, 'parley'))
  const file = join(base, 'parley', 'config.json')
  writeFileSync(file, '{"port": 8000}')
  expect(readConfiguration(undefined)).toEqual({ file, values: { port: 8000 } })
})

describe('a file that cannot be used is exit status 2 and a sentence', () => {
  test.each<[name: string, file: () => string, sentence: RegExp]>([
    [
      'missing',
      () => join(temporaryDirectory(), 'none.json'),
      /^there is no file .*none\.json: give another with/,
    ],
    ['a directory', () => temporaryDirectory(), / is no file: give the configuration with --config FILE$/],
    ['too large', () => fileWith(' '.repeat(70_000)), / is larger than 65536 bytes: it is no configuration$/],
    ['not JSON', () => fileWith('name = alice'), / is not JSON \(.*\): it must be like \{"name": "alice"/],
    ['a list', () => fileWith('["alice"]'), / holds no settings: it must be like /],
    ['null', () => fileWith('null'), / holds no settings: it must be like /],
  ])('%s', (_name, file, sentence) => {
    const named = file()
    expect(() => readConfiguration(named)).toThrow(
      expect.objectContaining({ status: 2, message: expect.stringMatching(sentence) as string }),
    )
  })
})
