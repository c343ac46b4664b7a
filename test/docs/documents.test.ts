/** The reader of the documents, of which the other tests here think that it leaves nothing out. */
import { expect, test } from 'vitest'
import { blocksOf, commandsOf, passagesOf, proseOf, quotedIn } from './documents.ts'

const TEXT = 'Before `one`.\n\n```sh\nls  # all\n\n# nothing\n```\n\nAfter\n`two`.\n\n```\nplain\n```\n'

test('blocks, with where they begin', () => {
  expect(blocksOf(TEXT)).toEqual([
    { language: 'sh', text: 'ls  # all\n\n# nothing\n', line: 4 },
    { language: '', text: 'plain\n', line: 13 },
  ])
})

test('prose is the rest', () => {
  expect(quotedIn(proseOf(TEXT))).toEqual(['one', 'two'])
})

test('passages: paragraphs, items, rows', () => {
  expect(passagesOf('a\nb\n\n1. c\n2. d\n   e\n| f |\n| g |')).toEqual([
    'a\nb',
    '1. c',
    '2. d\n   e',
    '| f |',
    '| g |',
  ])
})

test.each<[text: string, commands: [string, string][]]>([
  ['ls', [['ls', '']]],
  ['ls   # all of it', [['ls', 'all of it']]],
  ['# only a comment\n\n', []],
  ['echo \'# no comment\' "# nor this"  # but this', [['echo \'# no comment\' "# nor this"', 'but this']]],
  [
    "curl -d '{\"a\":1}' \\\n  -H 'X: y' http://a/#b\nls",
    [
      ["curl -d '{\"a\":1}' -H 'X: y' http://a/#b", ''],
      ['ls', ''],
    ],
  ],
])('commands of %j', (text, commands) => {
  const found = commandsOf({ language: 'sh', text, line: 1 })
  expect(found.map((each) => [each.text, each.comment])).toEqual(commands)
})
