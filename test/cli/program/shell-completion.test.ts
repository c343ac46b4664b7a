/** The scripts for shells: each shell accepts its own, and bash completes by it. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { program } from '../../../src/cli/program/program.ts'
import { completionScript, SHELLS, type Shell } from '../../../src/cli/program/shell-completion.ts'

const parley = program(() => undefined)
const directory = mkdtempSync(join(tmpdir(), 'parley-completion-'))
afterAll(() => {
  rmSync(directory, { recursive: true })
})

function fileFor(shell: Shell): string {
  const file = join(directory, `parley.${shell}`)
  writeFileSync(file, completionScript(shell, parley))
  return file
}

function isInstalled(shell: Shell): boolean {
  return spawnSync(shell, ['--version']).status === 0
}

describe.each(SHELLS)('%s', (shell) => {
  test('accepts it', ({ skip }) => {
    skip(!isInstalled(shell), `${shell} is not installed`)
    const { status, stderr } = spawnSync(shell, ['-n', fileFor(shell)], { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })

  test('has every command and every flag', () => {
    const script = completionScript(shell, parley)
    for (const command of parley.subcommands) {
      expect(script).toContain(command.name())
      for (const { long } of command.settings)
        expect(script).toContain(shell === 'fish' ? `-l ${String(long).slice(2)} ` : String(long))
    }
  })
})

describe('bash completes', () => {
  beforeEach(({ skip }) => {
    skip(!isInstalled('bash'), 'bash is not installed')
  })
  const file = fileFor('bash')
  mkdirSync(join(directory, 'some where'))
  writeFileSync(join(directory, 'settings.json'), '')

  /** The candidates for the last of these words. */
  function offered(...words: string[]): string[] {
    const script = [
      `source "$0"`,
      'COMP_WORDS=("$@")',
      'COMP_CWORD=$(($# - 1))',
      '_parley',
      'if ((${#COMPREPLY[@]})); then printf "%s\\n" "${COMPREPLY[@]}"; fi',
    ].join('\n')
    const text = execFileSync('bash', ['--norc', '-c', script, file, 'parley', ...words], {
      cwd: directory,
      encoding: 'utf8',
    })
    return text.split('\n').slice(0, -1).sort()
  }

  test('is told to', () => {
    const told = execFileSync('bash', ['--norc', '-c', 'source "$0"; complete -p parley', file], {
      encoding: 'utf8',
    })
    expect(told).toBe('complete -F _parley parley\n')
  })

  test.each<[string, string[], string[]]>([
    ['a command', ['tr'], ['tracker']],
    ['several commands', ['pe'], ['peer', 'peers']],
    ['a flag of a command', ['tracker', '--al'], ['--allow-announce', '--allow-host', '--allow-origin']],
    ['a flag of the command that is meant without one', ['--tracker-i'], ['--tracker-ip']],
    ['a flag behind others', ['peer', '--name', 'x', '--no-t'], ['--no-tracker']],
    ['not the flags of other commands', ['peers', '--tracker'], []],
    ['shells', ['completion', ''], ['bash', 'fish', 'zsh']],
    ['commands to be helped with', ['help', 'do'], ['doctor']],
    ['a directory', ['peer', '--data', 'so'], ['some where']],
    ['a file', ['peer', '--config', 'se'], ['settings.json']],
    ['nothing for a value', ['peer', '--name', ''], []],
    ['nothing for an argument', ['send', ''], []],
  ])('%s', (_name, words, expected) => {
    expect(offered(...words)).toEqual(expected)
  })

  test('all commands', () => {
    const names = parley.subcommands.map((command) => command.name())
    expect(offered('')).toEqual([...names, 'help'].sort())
  })
})
