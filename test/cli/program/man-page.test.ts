/** The manual page, the completions and the reference are made of the program, and are those in the repository. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { manPages, pathOf } from '../../../scripts/package/man-pages.ts'
import { EXIT, EXIT_MEANINGS } from '../../../src/cli/system/exit-codes.ts'
import { program } from '../../../src/cli/program/program.ts'
import { variableName } from '../../../src/cli/program/subcommand.ts'

const pages = await manPages()
const manual = pages.get('packaging/man/parley.1') ?? ''

test.each([...pages])('%s is what "npm run man" writes', (file, text) => {
  expect(readFileSync(pathOf(file), 'utf8')).toBe(text)
})

describe('the manual page', () => {
  const renderers: readonly (readonly [name: string, args: readonly string[]])[] = [
    ['groff', ['-man', '-Tutf8', '-ww', '-z']],
    ['mandoc', ['-Tlint', '-Wwarning']],
    ['man', ['--warnings', '-l', '-Tutf8']],
  ]
  test.each(renderers)('%s, where it is installed, has nothing to complain of', (name, args) => {
    const { error, status, stderr, stdout } = spawnSync(name, [...args, pathOf('packaging/man/parley.1')], {
      encoding: 'utf8',
      env: { ...process.env, MANPAGER: 'cat', LC_ALL: 'C.UTF-8' },
    })
    if (error !== undefined) return
    const told = (name === 'mandoc' ? stdout : stderr).split('\n')
    // A date would be wrong with the next change.
    expect(told.filter((line) => line !== '' && !line.includes('missing date'))).toEqual([])
    if (name !== 'mandoc') expect(status).toBe(0)
  })

  test('no text of the program is taken for roff', () => {
    const requests = /^\.(?:\\"|TH|SH|SS|PP|TP|EX|EE|B|RI)(?: |$)/
    for (const line of manual.split('\n')) {
      if (line.startsWith('.')) expect(line).toMatch(requests)
      else expect(line.replaceAll(/\\(?:-|e|&|\(aq|\(dq|f[BIR])/g, '')).not.toContain('\\')
    }
  })
})

describe.each(program(() => undefined).subcommands.map((command) => [command.name(), command] as const))(
  '%s',
  (name, command) => {
    test('has examples, and each is of the program', () => {
      expect(command.examples.length).toBeGreaterThan(1)
      for (const { line } of command.examples) expect(line).toContain('parley')
      expect(command.examples.some(({ line }) => line.includes(`parley ${name}`))).toBe(true)
    })

    test('begins its help with them', () => {
      let help = ''
      command.configureOutput({ writeOut: (text) => (help += text) })
      command.outputHelp()
      expect(help.startsWith('Examples:\n  ')).toBe(true)
      expect(help).toContain(`Usage: parley ${name}`)
    })

    test('is in the reference, with every flag and variable', () => {
      const reference = pages.get('docs/cli.md') ?? ''
      const chapter = reference.split(`### parley ${name}\n`)[1]?.split('\n### ')[0] ?? ''
      for (const option of command.settings) {
        expect(chapter).toContain(`\`${option.flags}\``)
        expect(chapter).toContain(`\`${variableName(option)}\``)
      }
    })
  },
)

test('every exit status has words', () => {
  expect(EXIT_MEANINGS.map(([status]) => status).sort()).toEqual(Object.values(EXIT).sort())
})
