import xterm from '@xterm/headless'
import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { crop, layout, reflowOf, rowsAboveCursor } from '../../../src/cli/terminal/layout.ts'

/** The draft with a bar where the cursor is. */
function lay(prompt: string, draft: string, columns: number) {
  const [before = '', after = ''] = draft.split('|')
  const { rows, cursor } = layout(prompt, before, after, columns)
  return { rows, cursor: [cursor.row, cursor.column] }
}

describe('layout', () => {
  test.each([
    ['an empty draft', '> ', '|', 10, ['> '], [0, 2]],
    ['a short draft', '> ', 'hello|', 10, ['> hello'], [0, 7]],
    ['the cursor in the middle', '> ', 'he|llo', 10, ['> hello'], [0, 4]],
    ['two rows', '> ', 'abcdefghijkl|', 10, ['> abcdefgh', 'ijkl'], [1, 4]],
    ['the cursor in the first of two rows', '> ', 'abc|defghijkl', 10, ['> abcdefgh', 'ijkl'], [0, 5]],
    ['a full row: the cursor has no cell left', '> ', 'abcdefgh|', 10, ['> abcdefgh', ''], [1, 0]],
    ['a full row, the cursor in it', '> ', 'abcdefg|h', 10, ['> abcdefgh'], [0, 9]],
    ['two full rows', '', 'abcdef|', 3, ['abc', 'def', ''], [2, 0]],
    ['the cursor where the next row begins', '', 'abc|def', 3, ['abc', 'def'], [1, 0]],
    ['wide characters', '> ', '你好|', 10, ['> 你好'], [0, 6]],
    ['a wide character that would be cut goes on', '> ', 'a你好|', 6, ['> a你', '好'], [1, 2]],
    ['the cursor on a wide character that goes on', '> ', 'abc|你', 6, ['> abc', '你'], [1, 0]],
    ['a family is one character of two cells', '', '👨‍👩‍👧x|', 10, ['👨‍👩‍👧x'], [0, 3]],
    ['a mark takes no cell', '', 'abe\u0301|', 3, ['abe\u0301', ''], [1, 0]],
    ['a newline', '> ', 'one\ntwo|', 10, ['> one', 'two'], [1, 3]],
    ['the cursor before a newline', '> ', 'one|\ntwo', 10, ['> one', 'two'], [0, 5]],
    ['a newline at the end', '> ', 'one\n|', 10, ['> one', ''], [1, 0]],
    ['a full row and a newline make no empty row', '', 'abc\nd|', 3, ['abc', 'd'], [1, 1]],
    ['empty lines', '', 'a\n\n\nb|', 3, ['a', '', '', 'b'], [3, 1]],
    ['colours take no cells', '\x1b[1;36m>\x1b[0m ', 'abc|', 6, ['\x1b[1;36m>\x1b[0m abc'], [0, 5]],
    ['colours at the edge', '', 'abc\x1b[0m|', 3, ['abc\x1b[0m', ''], [1, 0]],
    ['a prompt wider than the terminal', '#general> ', 'x|', 4, ['#gen', 'eral', '> x'], [2, 3]],
    ['one column', '', 'ab|', 1, ['a', 'b', ''], [2, 0]],
    ['a wide character in one column', '', 'a你b|', 1, ['a', '你', 'b', ''], [3, 0]],
  ])('%s', (_name, prompt, draft, columns, rows, cursor) => {
    expect(lay(prompt, draft, columns)).toEqual({ rows, cursor })
  })

  const character = fc.constantFrom('a', 'b', ' ', '\n', '你', '한', '👍', '👩‍👧', 'e\u0301', '🇯🇵')
  const text = fc.array(character, { maxLength: 60 }).map((characters) => characters.join(''))
  const columns = fc.integer({ min: 2, max: 30 })

  test('rows fit, the cursor has a cell, and no character is lost or invented', () => {
    fc.assert(
      fc.property(text, text, columns, (before, after, width) => {
        const { rows, cursor } = layout('> ', before, after, width)
        expect(Math.max(...rows.map((row) => stringWidth(row)))).toBeLessThanOrEqual(width)
        expect(cursor.row).toBeLessThan(rows.length)
        expect(cursor.column).toBeLessThan(width)
        expect(rows.join('')).toBe(`> ${before}${after}`.replaceAll('\n', ''))
      }),
    )
  })

  test('what stands left of the cursor is the text before it', () => {
    fc.assert(
      fc.property(text, text, columns, (before, after, width) => {
        const { rows, cursor } = layout('', before, after, width)
        const above = rows.slice(0, cursor.row).join('')
        const beside = before.replaceAll('\n', '').slice(above.length)
        expect(rows[cursor.row]?.startsWith(beside)).toBe(true)
        expect(stringWidth(beside)).toBe(cursor.column)
      }),
    )
  })
})

describe('crop', () => {
  const rows = ['0', '1', '2', '3', '4', '5']

  test.each([
    ['all of it fits', 5, 6, rows, 5],
    ['more than fits', 5, 9, rows, 5],
    ['the end, where the cursor is', 5, 3, ['3', '4', '5'], 2],
    ['the start', 0, 3, ['0', '1', '2'], 0],
    ['the middle', 3, 3, ['2', '3', '4'], 1],
    ['one row', 2, 1, ['2'], 0],
  ])('%s', (_name, cursorRow, height, cropped, row) => {
    expect(crop({ rows, cursor: { row: cursorRow, column: 0 } }, height)).toEqual({
      rows: cropped,
      cursor: { row, column: 0 },
    })
  })
})

describe('rowsAboveCursor', () => {
  const forty = 'a'.repeat(40)
  const wide = '你'.repeat(20)

  // The first number as tmux 3 does it, the second as xterm.js 6 does.
  test.each([
    ['nothing drawn', [''], 0, 0, 30, 0, 0],
    ['the same width', [forty, forty, 'abc'], 2, 3, 40, 2, 2],
    ['wider: hard rows are not joined', [forty, forty, 'abc'], 2, 3, 60, 2, 2],
    ['narrower, but every row fits', ['abc', 'de'], 1, 2, 30, 1, 1],
    ['rows above are split', [forty, forty, 'abc'], 2, 3, 30, 4, 4],
    ['rows above are split in three', [forty, 'abc'], 1, 3, 15, 3, 3],
    ['the cursor in the first part of its row', [forty, forty], 1, 10, 30, 2, 2],
    ['the cursor in the second part of its row', [forty, forty], 1, 35, 30, 3, 2],
    ['the cursor on the first cell of the second part', [forty, forty], 1, 30, 30, 3, 2],
    ['the cursor behind a row that is just full now', [forty, 'a'.repeat(30)], 1, 30, 30, 2, 2],
    ['the cursor behind a row of two full parts', [forty, 'a'.repeat(30)], 1, 30, 15, 4, 3],
    ['rows below do not count, but in xterm.js', ['abc', forty, forty], 0, 3, 15, 0, 4],
    ['the cursor in the first of three long rows', [forty, forty, forty], 0, 10, 30, 0, 2],
    ['and of three parts each', [forty, forty, forty], 0, 10, 15, 0, 6],
    ['wide characters leave a cell free in each part', [wide, 'x'], 1, 1, 7, 7, 7],
    ['colours take no cells', [`\x1b[36m${forty}\x1b[0m`, 'x'], 1, 1, 30, 2, 2],
  ])('%s', (_name, rows, row, column, columns, wrapped, inXtermjs) => {
    const drawn = { rows, cursor: { row, column } }
    expect(rowsAboveCursor(drawn, columns, 'wrap')).toBe(wrapped)
    expect(rowsAboveCursor(drawn, columns, 'xterm.js')).toBe(inXtermjs)
    expect(rowsAboveCursor(drawn, columns, 'cut')).toBe(row)
  })

  test('any rows at all, as xterm.js itself does it', async () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 8 })
    const places = fc.record({
      lengths,
      at: fc.nat(),
      column: fc.nat(39),
      columns: fc.integer({ min: 5, max: 50 }),
    })
    await fc.assert(
      fc.asyncProperty(places, async ({ lengths, at, column, columns }) => {
        const rows = lengths.map((length) => 'a'.repeat(length))
        const cursor = { row: at % rows.length, column }
        const screen = new xterm.Terminal({ cols: 40, rows: 100, allowProposedApi: true })
        const sequence = `${rows.join('\r\n')}\x1b[${cursor.row + 1};${column + 1}H`
        await new Promise<void>((resolve) => {
          screen.write(sequence, resolve)
        })
        screen.resize(columns, 100)
        expect(rowsAboveCursor({ rows, cursor }, columns, 'xterm.js')).toBe(screen.buffer.active.cursorY)
      }),
    )
  })

  test.each([
    ['a terminal nobody knows', {}, 'wrap'],
    ['VS Code', { TERM_PROGRAM: 'vscode' }, 'xterm.js'],
    ['xterm', { XTERM_VERSION: 'XTerm(390)' }, 'cut'],
    ['GNU screen', { STY: '1234.pts-0' }, 'cut'],
    ['tmux in xterm', { TMUX: '/tmp/tmux-0/default,1,0', XTERM_VERSION: 'XTerm(390)' }, 'wrap'],
    ['iTerm', { TERM_PROGRAM: 'iTerm.app' }, 'wrap'],
  ])('reflowOf: %s', (_name, env, reflow) => {
    expect(reflowOf(env)).toBe(reflow)
  })
})
