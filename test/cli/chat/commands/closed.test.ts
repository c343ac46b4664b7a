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
      '-- you are in 🔒#!ops, no one else is there yet; you left #general',
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
    ['/invite bob', 'invite bob to #!ops', /bob is invited to 🔒#!ops; \/remove bob #!ops takes that back/],
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
        { peer: chat.self, isCreator: true, isHere: true },
        { peer: BOB, isCreator: false, isHere: false },
      ],
      links: [LINK],
    }
    await run('/members')
    expect(said).toEqual([
      '-- 🔒#!ops: 2 people',
      '    you  here  made it',
      '    bob  away',
      '-- links that nobody has used; /remove and the link withdraws it',
      `    ${LINK}`,
    ])
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
