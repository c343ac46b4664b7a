/** Commands of closed channels: what they do, what they say, and what they refuse. */
import { beforeEach, describe, expect, test } from 'vitest'
import { readInput } from '../../../../src/cli/chat/commands/read-input.ts'
import { complete } from '../../../../src/cli/chat/completion.ts'
import { BOB, CAROL, FakeSession, LINK, type FakeChat } from '../../fake-chat.ts'

let chat: FakeChat
let said: string[]
let run: (line: string) => Promise<string | undefined>

beforeEach(() => {
  const session = new FakeSession()
  chat = session.chat
  chat.others.set('general', [BOB, CAROL])
  said = session.lines
  run = (line) => session.type(line)
})

describe('/create', () => {
  test('goes there, and says how others come in', async () => {
    await run('/create #ops --closed')
    expect(said).toEqual([
      '-- you are in 🔒#!ops, no one else is known there yet; you left #general',
      '-- nobody else sees 🔒#!ops: /invite nick, or /invite for a link',
    ])
  })

  test.each(['/create', '/create #ops', '/create --closed', '/create #ops closed'])(
    '%s is explained',
    async (line) => {
      expect(await run(line)).toContain('usage: /create #channel --closed')
    },
  )
})

describe('in a closed channel', () => {
  beforeEach(async () => {
    await run('/create #ops --closed')
    said.length = 0
    chat.done.length = 0
  })

  test.each<[line: string, done: string, says: RegExp]>([
    [
      '/invite bob',
      'invite bob to #!ops',
      /bob is invited to 🔒#!ops, and reads what is said from now on; \/remove bob #!ops takes that back/,
    ],
    ['/invite bob #!news', 'invite bob to #!news', /bob is invited to 🔒#!news/],
    ['/invite @carol #news', 'invite carol to #!news', /carol is invited/],
    [
      '/remove bob',
      'remove bob from #!ops',
      /bob reads nothing that is said in 🔒#!ops from now on; \/invite bob #!ops undoes it/,
    ],
    ['/invite', 'link to #!ops', /lets one person into 🔒#!ops[^]*[█▀▄]{10}[^]*parley:closed/],
    ['/invite #!news', 'link to #!news', /lets one person into 🔒#!news/],
    [`/remove ${LINK}`, 'withdraw a link to #!ops', /lets nobody in from now on/],
    [`/remove ${LINK}9`, 'withdraw a link to #!ops', /was used or withdrawn before/],
    [`/join ${LINK}`, `follow ${LINK}`, /you are in 🔒#!ops/],
    ['/part', 'part #!ops', /you left 🔒#!ops/],
  ])('%s', async (line, done, says) => {
    if (line.includes('news')) chat.createClosed('news')
    await run(line)
    expect(chat.done).toContain(done)
    expect(said.join('\n')).toMatch(says)
  })

  test('/members says who is there, who made it, and which links are open', async () => {
    chat.closedChannels[0] = {
      ...chat.closed('!ops'),
      people: [
        { peer: chat.self, isCreator: true, isHere: true, isInvited: false },
        { peer: BOB, isCreator: false, isHere: false, isInvited: true },
        { peer: CAROL, isCreator: false, isHere: false, isInvited: false },
      ],
      links: [LINK],
    }
    await run('/members')
    expect(said).toEqual([
      '-- 🔒#!ops: 2 people, 1 invited',
      '    you  here  made it',
      '    bob  invited',
      '    carol  away',
      '-- links that nobody has used; /remove and the link withdraws it',
      `    ${LINK}`,
    ])
  })

  test('coming in does not claim that nobody is there while its members are asked', async () => {
    const people = chat.closed('!ops').people
    const member = { peer: BOB, isCreator: false, isHere: false, isInvited: false }
    const enter = async (more: object): Promise<string | undefined> => {
      chat.closedChannels[0] = { ...chat.closed('!ops'), people: [...people, { ...member, ...more }] }
      said.length = 0
      await run('#!ops')
      return said[0]
    }
    expect(await enter({})).toBe('-- you are in 🔒#!ops, its members are asked who is here')
    expect(await enter({ isInvited: true })).toBe('-- you are in 🔒#!ops, no one else is known there yet')
    chat.others.set('!ops', [BOB])
    expect(await enter({})).toBe('-- you are in 🔒#!ops, with bob')
  })

  test('/remove says how many open links still let people in, and how to withdraw them', async () => {
    chat.closedChannels[0] = { ...chat.closed('!ops'), links: [LINK, `${LINK}2`] }
    await run('/remove bob')
    expect(said.join('\n')).toContain(
      '-- 2 open links still let people in, also bob: /members #!ops shows them, /remove link #!ops withdraws one',
    )
  })

  test('what the peer says of a channel that the user is not in reaches the user, whatever was typed', async () => {
    for (const line of ['#!other x', '/who #!other', '/members #!other'])
      expect(await run(line)).toContain('you are in no closed channel #!other')
  })

  test('/history reads a channel that the user was removed from, and says that it is that', async () => {
    await run('/history #!other 5')
    expect(said).toEqual(['-- 🔒#!other, which you are not in: the last that you keep, 0'])
    said.length = 0
    await run('/history')
    expect(said).toEqual(['-- 🔒#!ops: the last 0'])
  })

  test('/list shows the lock', async () => {
    await run('/list')
    expect(said.join('\n')).toContain('🔒#!ops')
  })

  test('going elsewhere does not leave it: who leaves has to be invited again', async () => {
    await run('/join #other')
    expect(chat.done).not.toContain('part #!ops')
  })

  test.each(['#!o', '#o'])('Tab completes %s', (word) => {
    expect(complete(chat, [], word, word.length).candidates).toEqual(['#!ops '])
  })

  test('text for #ops goes to no closed channel', async () => {
    expect(await run('#ops secret')).toContain('you are not in #ops')
    await run('#!ops secret')
    expect(chat.done.some((each) => each.includes('secret'))).toBe(true)
  })
})

test.each(['/invite bob', '/members', '/remove bob'])('%s in an open channel is refused', async (line) => {
  expect(await run(line)).toContain('#general is open to everybody')
})

test.each([
  ['#!Ops hello', '!ops'],
  ['#!ops', '!ops'],
])('%s means %s', (line, channel) => {
  expect(readInput(line)).toMatchObject({ kind: 'channel', channel })
})
