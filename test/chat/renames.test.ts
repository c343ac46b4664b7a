import { expect, test } from 'vitest'
import { namesBefore, renamesBetween, renamesOf, renameWords } from '../../src/chat/renames.ts'

const BOB = {
  name: 'robert',
  formerNames: [
    { name: 'rob', until: 20 },
    { name: 'bob', until: 10 },
  ],
}
const ZOE = { name: 'zoe', formerNames: [{ name: 'zo', until: 15 }] }
const [TO_ROB, TO_ROBERT] = [
  { before: 'bob', after: 'rob', claimed: 'rob', at: 10 },
  { before: 'rob', after: 'robert', claimed: 'robert', at: 20 },
]
const TO_ZOE = { before: 'zo', after: 'zoe', claimed: 'zoe', at: 15 }

test('each change leads to the next name', () => {
  expect(renamesOf(BOB)).toEqual([TO_ROB, TO_ROBERT])
})

test('a change says what the person is called here, whatever it called itself in between', () => {
  const alice = {
    name: 'alicia',
    callsItself: 'bob',
    formerNames: [
      { name: 'alicia', until: 40 },
      { name: 'carol', until: 30, shown: 'alice' },
      { name: 'alice', until: 20 },
      { name: 'zoe', until: 10, shown: 'alice' },
    ],
  }
  expect(renamesOf(alice).map(renameWords)).toEqual([
    'alice calls itself alice again',
    'alice calls itself carol now, which is the name of another person: it stays alice here',
    'alice is now alicia',
    'alicia calls itself bob now, which is the name of another person: it stays alicia here',
  ])
})

test('a change keeps its words, whatever names come later', () => {
  const first = { name: 'alice', until: 10, became: 'alice', claimed: 'carol' }
  const accepted = { name: 'carol', until: 20, shown: 'alice', became: 'carol·k3f9-2mx7', claimed: 'carol' }
  const stays = 'alice calls itself carol now, which is the name of another person: it stays alice here'
  const wordsOf = (name: string, ...formerNames: (typeof first)[]): string[] =>
    renamesOf({ name, formerNames }).map(renameWords)
  expect(wordsOf('alice', first)).toEqual([stays])
  expect(wordsOf('carol·k3f9-2mx7', accepted, first)).toEqual([stays, 'alice is now carol·k3f9-2mx7'])
  const again = { name: 'carol', until: 30, shown: 'carol·k3f9-2mx7', became: 'zoe', claimed: 'zoe' }
  expect(wordsOf('zoe', again, first)).toEqual([stays, 'carol·k3f9-2mx7 is now zoe'])
})

test.each<[name: string, before: string[]]>([
  ['alice', ['zoe']],
  ['alicia', ['alice', 'zoe']],
])('the names of %s before are those that it had here, not those that it claimed', (name, before) => {
  const formerNames = [
    { name: 'carol', until: 30, shown: 'alice' },
    { name: 'alice', until: 20 },
    { name: 'bob', until: 15, shown: 'zoe' },
    { name: 'zoe', until: 10 },
  ]
  expect(namesBefore({ name, formerNames }).map((each) => each.name)).toEqual(before)
})

test.each<[before: string, after: string, claimed: string, words: string]>([
  ['bob', 'bob·k3f9-2mx7', 'bob', 'bob is now bob·k3f9-2mx7'],
  ['bob·k3f9-2mx7', 'bob·k3f9-2mx7', 'bob', 'bob·k3f9-2mx7 calls itself bob again'],
  ['b\u001bob', 'rob\n', 'rob', 'b␛ob is now rob␊'],
])('from %j to %j as %j', (before, after, claimed, words) => {
  expect(renameWords({ before, after, claimed })).toBe(words)
})

test.each<[times: number[], lists: unknown[][]]>([
  [
    [5, 12, 30],
    [[], [TO_ROB], [TO_ZOE, TO_ROBERT], []],
  ],
  [
    [12, 17],
    [[], [TO_ZOE], [TO_ROBERT]],
  ],
  [
    [30, 31],
    [[], [], []],
  ],
  [[1], [[], [TO_ROB, TO_ZOE, TO_ROBERT]]],
  [[], [[TO_ROB, TO_ZOE, TO_ROBERT]]],
])('between messages of %j', (times, lists) => {
  expect(renamesBetween([BOB, ZOE], times)).toEqual(lists)
})
