/** Where settings come from, what is wrong with them, and the help of the program. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/files.ts'
import { Program } from './programs.ts'
import { freePort } from '../support/ports.ts'

/** A peer that starts fast and finds nobody. */
const ALONE = ['--ip', '127.0.0.1', '--no-tracker', '--no-lan', '--ephemeral']

/** A home directory with this configuration. */
function homeWith(text: string): { env: Record<string, string>; file: string } {
  const home = temporaryDirectory()
  mkdirSync(join(home, 'parley'))
  const file = join(home, 'parley', 'config.json')
  writeFileSync(file, text)
  return { env: { XDG_CONFIG_HOME: home }, file }
}

/** Matches a text that contains `part`. */
function containing(text: string): unknown {
  return expect.stringContaining(text)
}

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const program = new Program(args, env)
  program.endInput()
  const status = await program.ends()
  return { status, out: program.out, err: program.err }
}

test('flags override variables, which override the configuration', async () => {
  const { env } = homeWith(JSON.stringify({ name: 'carl', port: await freePort(), timeout: 0 }))
  const ofFile = await run(['peer', ...ALONE], env)
  expect(ofFile.err).toMatch(/^-- you are carl \(\S+\) at 127\.0\.0\.1:/)
  const ofVariable = await run(['peer', ...ALONE], { ...env, PARLEY_NAME: 'vera' })
  expect(ofVariable.err).toMatch(/^-- you are vera \(\S+\) at 127\.0\.0\.1:/)
  const ofFlag = await run(['peer', ...ALONE, '--name', 'flo'], { ...env, PARLEY_NAME: 'vera' })
  expect(ofFlag.err).toMatch(/^-- you are flo \(\S+\) at 127\.0\.0\.1:/)
})

test.each([
  ['--config', (file: string) => [['--config', file], {}] as const],
  ['PARLEY_CONFIG', (file: string) => [[], { PARLEY_CONFIG: file }] as const],
])('%s names another configuration file', async (_name, given) => {
  const { file } = homeWith('{"name": "carl"}')
  const [flags, env] = given(file)
  expect((await run(['peer', ...ALONE, ...flags], env)).err).toContain('-- you are carl (')
})

describe('a wrong configuration exits 2 and names the file', () => {
  test.each([
    ['an unknown key', '{"nmae": "x"}', 'there is no setting "nmae"; did you mean "name"?'],
    ['not JSON', '{name: x}', 'is not JSON'],
    ['not an object', '[]', 'holds no settings'],
  ])('%s', async (_name, text, sentence) => {
    const { env, file } = homeWith(text)
    const { status, err, out } = await run(['peer', ...ALONE], env)
    expect({ status, out }).toEqual({ status: 2, out: '' })
    expect(err).toMatch(/^parley: /)
    expect(err).toContain(file)
    expect(err).toContain(sentence)
    expect(err).not.toMatch(/\n\s+at /)
  })

  test('a missing file', async () => {
    const { status, err } = await run(['peer', ...ALONE, '--config', '/nonexistent/c.json'])
    expect({ status, err }).toEqual({
      status: 2,
      err: 'parley: there is no file /nonexistent/c.json: give another with --config FILE\n',
    })
  })

  test('a directory', async () => {
    expect(await run(['peer', ...ALONE, '--config', '/'])).toMatchObject({
      status: 2,
      err: containing('/ is no file'),
    })
  })
})

test('without a place for its messages the peer exits 1 with a sentence', async () => {
  const { status, err, out } = await run(['peer', '--no-tracker', '--no-lan', '--data', '/dev/null/here'])
  expect({ status, out }).toEqual({ status: 1, out: '' })
  expect(err).toMatch(/^parley: .*\/dev\/null\/here.*\n$/)
})

test('a second peer of the same user is a separate one and says so', async () => {
  const env = { XDG_DATA_HOME: temporaryDirectory() }
  const flags = ['peer', '--ip', '127.0.0.1', '--no-tracker', '--no-lan']
  const first = new Program(flags, env)
  await first.prints(/^-- you are \S+ \(\S+\) at 127\.0\.0\.1:\d+\n/)
  const [, name = ''] = /^-- you are (\S+) \(/.exec(first.err) ?? []
  const second = new Program(flags, env)
  await second.prints(
    new RegExp(
      `^-- you are ${name}-2 \\(\\S+\\) at 127\\.0\\.0\\.1:\\d+: ${name} runs on this machine already\n`,
    ),
  )
  expect(second.err).not.toContain('nothing is kept')
})

describe('help', () => {
  test.each([
    [['help'], 'Usage: parley [options] [command]'],
    [['tail', '-h'], 'Usage: parley tail [options] [conversations...]'],
  ])('%j prints examples first, on standard output, and exits 0', async (args, usage) => {
    const { status, out, err } = await run(args)
    expect(out).toMatch(/^Examples:\n/)
    expect(out).toContain(usage)
    expect({ status, err }).toEqual({ status: 0, err: '' })
  })

  test.each([
    [['help', 'sned'], 'send'],
    [['tail', '--lats', '3'], '--last'],
  ])('%j exits 2 with a suggestion', async (args, meant) => {
    const { status, out, err } = await run(args)
    expect(err).toContain(`(Did you mean ${meant}?)`)
    expect({ status, out }).toEqual({ status: 2, out: '' })
  })
})
