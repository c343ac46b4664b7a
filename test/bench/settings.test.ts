import { describe, expect, test } from 'vitest'
import { settings } from '../../scripts/bench/settings.ts'
import { given } from '../../scripts/command-line.ts'

const WANTED = {
  numbers: { count: [4_000, 20], rounds: [3, 1] },
  texts: { systems: 'all' },
  flags: ['memory'],
} as const

describe('flags of a benchmark', () => {
  test.each([
    ['nothing said', [], { count: 4_000, rounds: 3 }],
    ['--quick', ['--quick'], { count: 20, rounds: 1 }],
    ['one number', ['--count', '7'], { count: 7, rounds: 3 }],
    ['a number said and --quick', ['--quick', '--rounds', '2'], { count: 20, rounds: 2 }],
    ['zero', ['--count', '0'], { count: 0, rounds: 3 }],
  ])('%s', (_, args, expected) => {
    expect(settings(WANTED, args, given).numbers).toEqual(expected)
  })

  test('texts and switches', () => {
    expect(settings(WANTED, [], given)).toMatchObject({
      texts: { systems: 'all' },
      flags: { memory: false },
      quick: false,
    })
    const said = settings(WANTED, ['--systems', 'floor', '--memory', '--quick'], given)
    expect(said).toMatchObject({ texts: { systems: 'floor' }, flags: { memory: true }, quick: true })
  })

  test('the command has all that was said, but where the result is written', () => {
    const { command, json } = settings(WANTED, ['--count', '5', '--json', '/tmp/x', '--memory'], given)
    expect(command).toMatch(/^npm run bench:.* -- --count 5 --memory$/)
    expect(json).toBe('/tmp/x')
    expect(settings(WANTED, [], given).command).not.toContain('--')
  })

  test.each([
    ['a number that is none', ['--count', 'many']],
    ['a number that is empty', ['--count', '']],
    ['a number below zero', ['--count', '-1']],
    ['a flag that is not known', ['--fast']],
    ['a word without a flag', ['fast']],
  ])('%s is refused', (_, args) => {
    expect(() => settings(WANTED, args, given)).toThrow(TypeError)
  })
})
