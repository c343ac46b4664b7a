/** `/ignored` and what may follow it: what is sent, printed, taken over and undone. */
import { describe, expect, test } from 'vitest'
import { ignoreListText } from '../../../../src/chat/ignore-list.ts'
import { KeyPair } from '../../../../src/identity/key-pair.ts'
import { shortId } from '../../../../src/identity/short-id.ts'
import { entryLines } from '../../../../src/cli/terminal/render.ts'
import { plain } from '../../../../src/cli/terminal/style.ts'
import { Days } from '../../../../src/cli/terminal/days.ts'
import { BOB, CAROL, FakeSession, NOON, entryOf, messageOf } from '../../fake-chat.ts'
import type { Peer } from '../../../../src/chat/model.ts'
import type { SharedPerson } from '../../../../src/peer/hush/ignore-lists.ts'

function keyOf(number: number) {
  return new KeyPair(Buffer.alloc(32, number)).id
}

const KEYED: Peer = { ...CAROL, key: keyOf(1) }
const MALLORY: Peer = { ...BOB, key: keyOf(2), name: 'mal', label: 'mal' }
const SPAMMER = keyOf(3)
const PEOPLE: readonly SharedPerson[] = [
  { key: keyOf(2), name: 'mallory', known: MALLORY, hushed: 'ignore', isTaken: true },
  { key: SPAMMER, name: 'spam bot', known: undefined, hushed: undefined, isTaken: false },
  { key: keyOf(4), name: '', known: undefined, hushed: 'mute', isTaken: false },
]

function start(): FakeSession {
  const session = new FakeSession()
  session.chat.others.set('general', [KEYED, BOB])
  session.chat.lists.set(keyOf(1), { from: KEYED, at: NOON, people: PEOPLE })
  session.chat.ownList = { text: 'the list', listed: 2, all: 2 }
  return session
}

test.each([
  ['/ignored share #general', ['say #general the list']],
  ['/ignored share carol', [`direct ${keyOf(1)} the list`]],
  ['/ignored take carol', ['take carol all']],
  ['/ignored take carol 2', [`take carol ${SPAMMER.slice(0, 4)}`]],
  ['/ignored take carol mal "spam bot"', [`take carol ${keyOf(2).slice(0, 4)} ${SPAMMER.slice(0, 4)}`]],
  [`/ignored take carol ${shortId(SPAMMER)}`, [`take carol ${SPAMMER.slice(0, 4)}`]],
  [`/ignored take carol ${SPAMMER}`, [`take carol ${SPAMMER.slice(0, 4)}`]],
  ['/ignored undo carol', ['undo carol']],
  ['/ignored', []],
  ['/ignored show carol', []],
])('%s does %j', async (line, expected) => {
  const session = start()
  await session.type(line)
  expect(session.chat.done).toEqual(expected)
})

test.each([
  ['/ignored share', /usage: \/ignored/],
  ['/ignored give carol', /usage: \/ignored/],
  ['/ignored show bob', /bob has shared no list here/],
  ['/ignored take carol 4', /the list of carol has no 4/],
  ['/ignored take carol nobody', /has no nobody/],
])('%s is refused, and nothing is done', async (line, words) => {
  const session = start()
  expect(await session.type(line)).toMatch(words)
  expect(session.chat.done).toEqual([])
})

test('a list is looked at with numbers, names, keys, and what holds', async () => {
  const session = start()
  await session.type('/ignored show carol')
  expect(session.lines.join('\n').split('\n')).toEqual([
    '-- list of carol, Fri Nov 21 2025 12:03: 3 ignored people',
    `    1 mal (${shortId(keyOf(2))}), ignored from this list`,
    `    2 spam bot·${shortId(SPAMMER)}`,
    `    3 ${shortId(keyOf(4))}, muted`,
    '-- /ignored take carol ignores all of them, with numbers or names only those',
  ])
})

test('another list than the one that was looked at is not taken over before it is looked at, too', async () => {
  const session = start()
  await session.type('/ignored show carol')
  const friend = { key: keyOf(5), name: 'friend', known: undefined, hushed: undefined, isTaken: false }
  session.chat.lists.set(keyOf(1), { from: KEYED, at: NOON + 1, people: [friend, ...PEOPLE] })
  for (const line of ['/ignored take carol', '/ignored take carol 1'])
    expect(await session.type(line)).toMatch(
      /carol has shared another list since you looked: \/ignored show carol/,
    )
  expect(session.chat.done).toEqual([])
  await session.type('/ignored show carol')
  await session.type('/ignored take carol 2')
  expect(session.chat.done).toEqual([`take carol ${keyOf(2).slice(0, 4)}`])
})

test('taking over and its undo say how many, and what stays as it was', async () => {
  const session = start()
  await session.type('/ignored take carol')
  await session.type('/ignored take carol 2')
  await session.type('/ignored undo carol')
  expect(session.lines).toEqual([
    '-- 1 ignored person more, from the list of carol; 2 were muted, ignored or blocked before; /ignored undo carol',
    '-- 1 ignored person more, from the list of carol; /ignored undo carol',
    '-- 1 ignored person fewer: what was taken over from carol is undone',
  ])
})

test('a list that is longer than one message says so', async () => {
  const session = start()
  session.chat.ownList = { text: 'the list', listed: 32, all: 40 }
  await session.type('/ignored share #general')
  expect(session.lines).toEqual(['-- you ignore 40 people: the list has the latest 32'])
})

test('a person that was never met has the name of the list, and is undone by it', async () => {
  const session = start()
  const taken = { kind: 'ignore', since: NOON, until: undefined, dropped: 2 } as const
  session.chat.quiet.set(SPAMMER, { ...taken, target: SPAMMER, takenFrom: keyOf(1), name: 'spam bot' })
  await session.type('/ignored')
  await session.type(`/unignore spam bot·${shortId(SPAMMER)}`)
  const label = `spam bot·${shortId(SPAMMER)}`
  expect(session.lines.join('\n').split('\n')).toEqual([
    '-- muted, ignored or blocked: 1',
    `    ${label} ignored since Fri Nov 21 2025, from the list of carol, 2 messages dropped`,
    `-- ${label} is no longer ignored, 2 messages dropped`,
  ])
})

describe('a message that shares a list', () => {
  const text = ignoreListText([
    { key: keyOf(2), name: 'mallory' },
    { key: SPAMMER, name: 'spam bot' },
  ])
  const linesOf = (from: Peer, more: object): string[] =>
    entryLines([entryOf(messageOf(from, text), more)], plain, new Days(NOON)).slice(1)

  test('is one line when its author is proved', () => {
    const how = '/ignored show carol or /ignored take carol'
    for (const proof of ['direct', 'signed'])
      expect(linesOf(KEYED, { proof })).toEqual([
        `12:03 #general <carol> shares a list of 2 ignored people: ${how}`,
      ])
  })

  test('has no offer when it is an own one', () => {
    expect(linesOf(KEYED, { own: true })).toEqual([
      '12:03 #general <carol> shares a list of 2 ignored people',
    ])
  })

  test.each<[string, Peer, object]>([
    ['of a program without a key', CAROL, {}],
    ['that nothing proves', KEYED, {}],
    ['that claims a proof without a key', CAROL, { proof: 'direct' }],
  ])('%s is text', (_who, from, more) => {
    expect(linesOf(from, more).join('\n')).toContain(`spam bot ${SPAMMER}`)
  })
})
