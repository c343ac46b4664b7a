import { expect, test } from 'vitest'
import { renamesBetween, renamesOf } from '../../src/chat/renames.ts'

const BOB = {
  name: 'robert',
  formerNames: [
    { name: 'rob', until: 20 },
    { name: 'bob', until: 10 },
  ],
}
const ZOE = { name: 'zoe', formerNames: [{ name: 'zo', until: 15 }] }
const [TO_ROB, TO_ROBERT] = [
  { before: 'bob', after: 'rob', at: 10 },
  { before: 'rob', after: 'robert', at: 20 },
]
const TO_ZOE = { before: 'zo', after: 'zoe', at: 15 }

test('each change leads to the next name', () => {
  expect(renamesOf(BOB)).toEqual([TO_ROB, TO_ROBERT])
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
