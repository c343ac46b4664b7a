/** When there are colours, and which. */
import { describe, expect, test } from 'vitest'
import { coloured, plain, styleFor, type ColourWishes } from '../../../src/cli/terminal/style.ts'

describe('colours', () => {
  test.each<[name: string, terminal: boolean, env: ColourWishes, flag: boolean, are: boolean]>([
    ['a terminal', true, {}, true, true],
    ['a pipe', false, {}, true, false],
    ['a terminal of a kind', true, { TERM: 'xterm-256color' }, true, true],
    ['a terminal without abilities', true, { TERM: 'dumb' }, true, false],
    ['NO_COLOR', true, { NO_COLOR: '1' }, true, false],
    ['NO_COLOR whatever it is', true, { NO_COLOR: '0' }, true, false],
    ['NO_COLOR empty is not set', true, { NO_COLOR: '' }, true, true],
    ['FORCE_COLOR in a pipe', false, { FORCE_COLOR: '1' }, true, true],
    ['FORCE_COLOR on a dumb terminal', true, { FORCE_COLOR: '1', TERM: 'dumb' }, true, true],
    ['FORCE_COLOR before NO_COLOR', false, { FORCE_COLOR: '1', NO_COLOR: '1' }, true, true],
    ['FORCE_COLOR empty is not set', false, { FORCE_COLOR: '' }, true, false],
    ['FORCE_COLOR=0 does not force', false, { FORCE_COLOR: '0' }, true, false],
    ['FORCE_COLOR=0 does not forbid', true, { FORCE_COLOR: '0' }, true, true],
    ['--no-color', true, {}, false, false],
    ['--no-color before FORCE_COLOR', true, { FORCE_COLOR: '1' }, false, false],
  ])('%s', (_name, terminal, env, flag, are) => {
    expect(styleFor(terminal, env, flag)).toBe(are ? coloured : plain)
  })
})

describe('a style', () => {
  test('plain leaves text alone', () => {
    expect([plain.bold('x'), plain.dim('x'), plain.red('x'), plain.hashed('k', 'x')]).toEqual([
      'x',
      'x',
      'x',
      'x',
    ])
  })

  test('coloured ends what it begins', () => {
    for (const text of [
      coloured.bold('x'),
      coloured.dim('x'),
      coloured.red('x'),
      coloured.hashed('k', 'x'),
    ]) {
      expect(JSON.stringify(text)).toMatch(/^"\\u001b\[[0-9;]+mx\\u001b\[0m"$/)
    }
  })

  test('the colour of a name is always the same, and names differ', () => {
    const colours = Array.from({ length: 100 }, (_, index) => coloured.hashed(`name ${index}`, 'x'))
    expect(colours).toEqual(Array.from({ length: 100 }, (_, index) => coloured.hashed(`name ${index}`, 'x')))
    expect(new Set(colours).size).toBeGreaterThan(8)
  })

  test.each([[''], ['ü'], ['👍'], ['x'.repeat(10_000)], ['\ud800']])('there is one for %j', (key) => {
    expect(JSON.stringify(coloured.hashed(key, 'x'))).toMatch(/^"\\u001b\[38;5;[0-9]{2,3}mx/)
  })
})
