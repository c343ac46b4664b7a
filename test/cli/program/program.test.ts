/** The command line as a whole: which command runs, and what help says. */
import { describe, expect, test } from 'vitest'
import { program, withCommand } from '../../../src/cli/program/program.ts'
import { usualValue, optionDescription } from '../../../src/cli/program/option-description.ts'
import { reference } from '../../../src/cli/program/reference.ts'
import { variableName } from '../../../src/cli/program/subcommand.ts'

const PARLEY = program(() => undefined)

describe('the command of a line', () => {
  test.each<[line: string, args: string[]]>([
    ['', ['peer']],
    ['--name x', ['peer', '--name', 'x']],
    ['peer --name x', ['peer', '--name', 'x']],
    ['--help', ['--help']],
    ['-V', ['-V']],
    ['help send', ['send', '--help']],
    ['help', ['help']],
    ['help help', ['help', '--help']],
    ['help sned', ['sned']],
    ['help --x', ['help', '--x']],
    ['sned', ['sned']],
  ])('parley %s', (line, args) => {
    const words = line === '' ? [] : line.split(' ')
    expect(withCommand(words, PARLEY)).toEqual(args)
  })
})

test('every command but help has a description and examples that begin with it', () => {
  expect(PARLEY.subcommands.length).toBeGreaterThan(8)
  for (const command of PARLEY.subcommands) {
    expect(command.description()).not.toBe('')
    expect(command.examples.length).toBeGreaterThan(0)
    for (const { line, what } of command.examples) {
      expect(line).toContain('parley')
      expect(what).not.toBe('')
    }
  }
})

test('a flag has one variable wherever it is, and two flags never share one by accident', () => {
  const flagsOf = new Map<string, Set<string>>()
  for (const option of PARLEY.subcommands.flatMap(({ settings }) => settings)) {
    const variable = variableName(option)
    flagsOf.set(variable, (flagsOf.get(variable) ?? new Set()).add(option.long ?? ''))
  }
  const shared = [...flagsOf].filter(([, flags]) => flags.size > 1)
  expect(shared.map(([variable, flags]) => [variable, [...flags].sort()])).toEqual([
    ['PARLEY_WEB_PORT', ['--server-port', '--web-port']],
    ['PARLEY_WEB_HOST', ['--server-ip', '--web-host']],
  ])
})

test('the default of a flag is part of its description', () => {
  const [send] = PARLEY.subcommands.filter((command) => command.name() === 'send')
  const described = new Map(
    send?.settings.map((option) => [option.long, [usualValue(option), optionDescription(option)]]),
  )
  expect(described.get('--tracker-port')).toEqual(['9001', 'its port (default: 9001)'])
  expect(described.get('--peer')?.[0]).toBe('none')
  expect(described.get('--json')?.[0]).toBeUndefined()
})

test('the reference has a chapter for each command and a row for each flag, without stray Markdown', () => {
  const text = reference(PARLEY)
  for (const command of PARLEY.subcommands) {
    expect(text).toContain(`### parley ${command.name()}\n`)
    for (const option of command.settings) expect(text).toContain(`| \`${option.flags}\` |`)
  }
  expect(text).toContain('PARLEY\\_FROM')
})
