import { describe, expect, test } from 'vitest'
import { settings } from '../../scripts/bench/harness/settings.ts'
import { given } from '../../scripts/support/command-line.ts'

const WANTED = {
  numbers: { count: [4_000, 20], rounds: [3, 1] },
  texts: { systems: 'all' },
  flags: ['memory'],
} as const

describe('flags of a benchmark', () => {
  test.each([
    ['no flags', [], { count: 4_000, rounds: 3 }],
    ['--quick', ['--quick'], { count: 20, rounds: 1 }],
    ['one number', ['--count', '7'], { count: 7, rounds: 3 }],
    ['a number beside --quick', ['--quick', '--rounds', '2'], { count: 20, rounds: 2 }],
    ['zero', ['--count', '0'], { count: 0, rounds: 3 }],
  ])('%s', (_, args, expected) => {
    expect(settings(WANTED, 'delivery', args, given).numbers).toEqual(expected)
  })

  test('texts and switches', () => {
    expect(settings(WANTED, 'delivery', [], given)).toMatchObject({
      texts: { systems: 'all' },
      flags: { memory: false },
      quick: false,
    })
    const chosen = settings(WANTED, 'delivery', ['--systems', 'floor', '--memory', '--quick'], given)
    expect(chosen).toMatchObject({ texts: { systems: 'floor' }, flags: { memory: true }, quick: true })
  })

  test('the command has all flags but the file for the result', () => {
    const { command, json } = settings(
      WANTED,
      'delivery',
      ['--count', '5', '--json', '/tmp/x', '--memory'],
      given,
    )
    expect(command).toBe('npm run bench:delivery -- --count 5 --memory')
    expect(json).toBe('/tmp/x')
    expect(settings(WANTED, 'delivery', [], given).command).toBe('npm run bench:delivery')
  })

  test.each([
    ['no number', ['--count', 'many']],
    ['an empty number', ['--count', '']],
    ['a negative number', ['--count', '-1']],
    ['an unknown flag', ['--fast']],
    ['a word without a flag', ['fast']],
  ])('%s is refused', (_, args) => {
    expect(() => settings(WANTED, 'delivery', args, given)).toThrow(TypeError)
  })
})
