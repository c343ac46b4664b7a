/** Lines about direct messages in `parley lan`. */
import { describe, expect, test } from 'vitest'
import { DIRECT, GENERAL, type Peer, type Receipt } from '../../../src/chat/model.ts'
import { DirectStatuses, type DirectStatus } from '../../../src/cli/lan-guide/direct-status.ts'
import { ManualClock } from '../../support/clock.ts'
import { ALICE, BOB, CAROL, NOON, messageOf } from '../fake-chat.ts'

const WAITS = 'DM to bob waits, and goes out when that peer answers'

function setUp() {
  const clock = new ManualClock(NOON)
  const lines: string[] = []
  const fates = new DirectStatuses({ clock, print: (line) => lines.push(line), called: ({ name }) => name })
  const receipt = (messageId: string, more: Partial<Receipt>): void => {
    const nothing = { recipients: 1, delivered: 0, unconfirmed: 0, failed: [], queued: [] }
    fates.take({ kind: 'receipt', receipt: { messageId, channel: DIRECT, ...nothing, ...more } })
  }
  const lose = (peer: Peer, channel = GENERAL): void => {
    fates.take({ kind: 'parted', peer, channel, reason: 'not heard' })
  }
  /** As /msg: no command waits for its fate. */
  const say = (id: string, to: Peer): void => {
    const message = messageOf(ALICE, 'hi', { id, channel: DIRECT })
    const dates = { at: NOON, receivedAt: NOON, late: false, own: true }
    fates.take({ kind: 'message', message, ...dates, to })
  }
  return { clock, lines, fates, receipt, lose, say }
}

const REFUSED = { failed: [{ peer: BOB, reason: 'refused' }] }

test.each<[name: string, receipt: Partial<Receipt> | undefined, fate: DirectStatus]>([
  ['delivered', { delivered: 1 }, 'sent'],
  ['sent without an acknowledgement', { delivered: 1, unconfirmed: 1 }, 'sent'],
  ['no answer for a moment', undefined, 'sent'],
  ['tried in vain, and to be tried again', { queued: [BOB] }, 'waits'],
  ['refused for good', REFUSED, 'failed'],
])('the first fate: %s', async (_name, receipt, fate) => {
  const { clock, lines, fates, receipt: tell } = setUp()
  const first = fates.of('1', BOB)
  if (receipt === undefined) await clock.advance(150)
  else tell('1', receipt)
  expect(await first).toBe(fate)
  expect(lines).toEqual([])
  expect(clock.due).toEqual([])
})

describe('after the first fate', () => {
  async function sent() {
    const all = setUp()
    const first = all.fates.of('1', BOB)
    await all.clock.advance(150)
    expect(await first).toBe('sent')
    return all
  }

  async function waiting() {
    const all = setUp()
    const first = all.fates.of('1', BOB)
    all.receipt('1', { queued: [BOB] })
    expect(await first).toBe('waits')
    return all
  }

  test('one that waits when its peer is lost: one line', async () => {
    const { lines, lose } = await sent()
    lose(BOB)
    lose(BOB)
    expect(lines).toEqual([WAITS])
  })

  test('one whose attempts fail, before its peer is lost: one line', async () => {
    const { lines, receipt, lose } = await sent()
    receipt('1', { queued: [BOB] })
    receipt('1', { queued: [BOB] })
    lose(BOB)
    expect(lines).toEqual([WAITS])
  })

  test('after a line that it waits: none for the lost peer, one for the delivery', async () => {
    const { lines, receipt, lose } = await waiting()
    lose(BOB)
    expect(lines).toEqual([])
    receipt('1', { delivered: 1 })
    expect(lines).toEqual(['DM sent to bob'])
  })

  test('after a line that it was sent: no second one', async () => {
    const { lines, receipt, lose } = await sent()
    receipt('1', { delivered: 1 })
    lose(BOB)
    expect(lines).toEqual([])
  })

  test('a failure is left to the session', async () => {
    const { lines, receipt, lose } = await waiting()
    receipt('1', REFUSED)
    lose(BOB)
    expect(lines).toEqual([])
  })

  test('several for one peer are one line; those for others are not in it', async () => {
    const { lines, say, lose } = await sent()
    say('2', BOB)
    say('3', CAROL)
    lose(BOB)
    expect(lines).toEqual(['2 DMs to bob wait, and go out when that peer answers'])
    lose(CAROL)
    expect(lines.slice(1)).toEqual(['DM to carol waits, and goes out when that peer answers'])
  })

  test('a peer that leaves another channel is not lost', async () => {
    const { lines, lose } = await sent()
    lose(BOB, 'ops')
    expect(lines).toEqual([])
  })
})

test('a message of /msg that waits has a line, too', () => {
  const { lines, say, receipt } = setUp()
  say('1', BOB)
  receipt('1', { queued: [BOB] })
  expect(lines).toEqual([WAITS])
})
