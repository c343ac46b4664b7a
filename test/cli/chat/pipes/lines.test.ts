/** Lines of a stream, however it is cut into chunks. */
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Lines } from '../../../../src/cli/chat/pipes/lines.ts'
import { LIMITS } from '../../../../src/chat/limits.ts'

async function linesOf(...pieces: (string | Buffer)[]): Promise<(string | undefined)[]> {
  const lines = new Lines(Readable.from(pieces, { objectMode: false }))
  const all: (string | undefined)[] = []
  for (let next = await lines.next(); next !== undefined; next = await lines.next()) all.push(next.line)
  return all
}

describe('lines', () => {
  test.each<[name: string, pieces: string[], lines: string[]]>([
    ['nothing', [], []],
    ['LF', ['a\nb\n'], ['a', 'b']],
    ['CR LF', ['a\r\nb\r\n'], ['a', 'b']],
    ['CR', ['10%\r20%\r'], ['10%', '20%']],
    ['CR LF in two pieces', ['a\r', '\nb'], ['a', 'b']],
    ['CR, then an empty line', ['a\r', '\n\nb'], ['a', '', 'b']],
    ['no end at the end', ['a\nb'], ['a', 'b']],
    ['empty lines', ['\n\na\n'], ['', '', 'a']],
    ['blanks', ['  a  \n'], ['  a  ']],
  ])('%s', async (_name, pieces, expected) => {
    expect(await linesOf(...pieces)).toEqual(expected)
  })

  test('characters that come in two pieces', async () => {
    const bytes = Buffer.from('größe 漢字\n')
    const pieces = [...bytes].map((byte) => Buffer.from([byte]))
    expect(await linesOf(...pieces)).toEqual(['größe 漢字'])
  })

  test('however the text is cut, the lines are the same', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', 'b', '\n', '\r', '\r\n')),
        fc.infiniteStream(fc.nat(3)),
        async (parts, cuts) => {
          const text = parts.join('')
          const pieces: string[] = []
          for (let at = 0; at < text.length;) {
            const { value } = cuts.next() as { value: number }
            pieces.push(text.slice(at, at + value + 1))
            at += value + 1
          }
          expect(await linesOf(...pieces)).toEqual(await linesOf(text))
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('a line that is too long', () => {
  const LONGEST = 'x'.repeat(LIMITS.textBytes)
  test.each<[name: string, pieces: string[], lines: (string | undefined)[]]>([
    ['at the limit', [`${LONGEST}\nb\n`], [LONGEST, 'b']],
    ['one over', [`${LONGEST}x\nb\n`], [undefined, 'b']],
    ['one over, in pieces', [LONGEST, 'x', '\nb'], [undefined, 'b']],
    ['in many pieces', [...Array<string>(50).fill(LONGEST), '\nb\n'], [undefined, 'b']],
    ['as the last, without an end', ['a\n', LONGEST, 'x'], ['a', undefined]],
  ])('%s', async (_name, pieces, expected) => {
    expect(await linesOf(...pieces)).toEqual(expected)
  })
})

test('the stream is read only as far as lines are asked for', async () => {
  let made = 0
  const endless = Readable.from(
    (function* () {
      for (;;) yield `line ${++made}\n`
    })(),
    { objectMode: false, highWaterMark: 1_024 },
  )
  const lines = new Lines(endless)
  expect(await lines.next()).toEqual({ line: 'line 1' })
  await new Promise((resolve) => setImmediate(resolve))
  expect(made).toBeLessThan(1_000)
})

test('the lines left are counted as far as they have arrived', async () => {
  const lines = new Lines(Readable.from(['/quit\na\nb\nc'], { objectMode: false }))
  await lines.next()
  expect(lines.left).toEqual({ lines: 3, isEnded: false })
  for (let count = 0; count < 4; count++) await lines.next()
  expect(lines.left).toEqual({ lines: 0, isEnded: true })
})

test('a stream that cannot be read rejects', async () => {
  const broken = new Readable({
    read() {
      this.destroy(new Error('EBADF'))
    },
  })
  await expect(new Lines(broken).next()).rejects.toThrow('EBADF')
})
