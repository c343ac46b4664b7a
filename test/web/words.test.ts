/** Sentences for the user: delivery, banner, announcements, times, counts. */
import { describe, expect, test } from 'vitest'
import type { LocalDelivery, LocalState } from '../../src/chat/wire/local-api.ts'
import { isForUs, announcement } from '../../src/web/model/announce.ts'
import { bannerOf } from '../../src/web/model/banner.ts'
import { othersWords } from '../../src/web/model/conversations.ts'
import { failures, deliveryStatus, outgoingStatus, listed } from '../../src/web/model/delivery.ts'
import { awayWords, directWords } from '../../src/web/model/privacy.ts'
import { clockTime, dayWords, fullTime, machineTime, shortTime } from '../../src/web/model/times.ts'
import type { Link } from '../../src/web/model/view.ts'
import { delivery, message, NOON, outgoing, ownMessage, person, state } from './samples.ts'

describe('delivery', () => {
  test.each<[name: string, told: LocalDelivery | undefined, kind: string, words: string]>([
    ['of others', undefined, 'none', ''],
    ['to all', delivery(), 'delivered', '2/2'],
    ['to some so far', delivery({ delivered: 1 }), 'sending', '1/2'],
    ['to nobody', delivery({ recipients: 0, delivered: 0 }), 'unsure', 'no one else was there'],
    ['by datagram', delivery({ unconfirmed: 1 }), 'unsure', '2/2, 1 without an acknowledgement'],
    ['waiting', delivery({ delivered: 1, waiting: ['bob'] }), 'waiting', 'waiting for bob'],
    [
      'waiting for many',
      delivery({ waiting: ['a', 'b', 'c', 'd', 'e'] }),
      'waiting',
      'waiting for a, b, c and 2 more',
    ],
    [
      'failed',
      delivery({ failed: [{ name: 'bob', reason: 'no route' }] }),
      'failed',
      'not delivered to bob: no route',
    ],
    ...(
      [
        ['unreachable', 'connection refused: nothing listens there', 'could not be reached'],
        [
          'other_peer',
          'refused with 421: this is for somebody else',
          'another person is at this address now',
        ],
        ['refused', 'refused with 422: no thanks', 'did not take it: “no thanks”'],
        ['refused', 'refused with 500', 'did not take it'],
        [undefined, 'leaving', 'leaving'],
      ] as const
    ).map(([code, reason, words]): [string, LocalDelivery, string, string] => [
      `failed, ${code}: ${reason}`,
      delivery({ failed: [{ name: 'bob', reason, code }] }),
      'failed',
      `not delivered to bob: ${words}`,
    ]),
    [
      'failed and waiting: the worse is told',
      delivery({ waiting: ['a'], failed: [{ name: 'bob', reason: 'x\u001b[2J' }] }),
      'failed',
      'not delivered to bob: x␛[2J',
    ],
  ])('%s', (_name, told, kind, words) => {
    expect(deliveryStatus(told)).toMatchObject({ kind, words })
  })

  test.each<[name: string, more: object, isLinkOpen: boolean, kind: string]>([
    ['waiting its turn', {}, true, 'sending'],
    ['on its way', { state: 'sending' }, true, 'sending'],
    ['without a connection', {}, false, 'waiting'],
    ['refused', { state: 'refused', reason: 'too long' }, true, 'failed'],
  ])('before our own peer has it: %s', (_name, more, isLinkOpen, kind) => {
    expect(outgoingStatus(outgoing('x', more), isLinkOpen).kind).toBe(kind)
  })

  test('what waits in this tab only is not said to be kept', () => {
    expect(outgoingStatus(outgoing('x', { isKept: true }), false).words).toBe(
      'kept here until the connection is back',
    )
    expect(outgoingStatus(outgoing('x', { isKept: false }), false).words).toBe(
      'waits for the connection; it is lost if this tab is closed',
    )
  })

  test('failures of both kinds are counted together', () => {
    const failed = ownMessage('x', 0, { delivery: delivery({ failed: [{ name: 'bob', reason: '' }] }) })
    expect(failures([failed, message('y')], [outgoing('z', { state: 'refused' }), outgoing('w')])).toBe(2)
  })

  test.each<[names: string[], words: string]>([
    [[], ''],
    [['a'], 'a'],
    [['a', 'b'], 'a and b'],
    [['a', 'b', 'c'], 'a, b and c'],
    [['a', 'b', 'c', 'd'], 'a, b, c and 1 more'],
  ])('%j', (names, words) => {
    expect(listed(names)).toBe(words)
  })
})

describe('the banner says what is broken, the worst first', () => {
  const open: Link = { kind: 'open' }
  const problem = 'no space is left.'
  const lost = { state: 'lost', detail: 'refused' } as const
  test.each<
    [
      name: string,
      link: Link,
      local: LocalState | undefined,
      kind: string | undefined,
      title: string | undefined,
    ]
  >([
    ['nothing', open, state(), undefined, undefined],
    ['nothing known yet', { kind: 'connecting' }, undefined, undefined, undefined],
    [
      'the page',
      { kind: 'lost', attempts: 2 },
      state({ problem }),
      'error',
      'No connection to your own Parley.',
    ],
    ['the disk', open, state({ problem, tracker: lost }), 'error', 'Nothing can be written to disk.'],
    ['the tracker', open, state({ tracker: lost }), 'warning', 'The tracker does not answer (refused).'],
    [
      'the tracker, which cannot be reached',
      open,
      state({ tracker: { ...lost, code: 'unreachable' } }),
      'warning',
      'The tracker does not answer.',
    ],
    [
      'looking for it',
      open,
      state({ tracker: { state: 'connecting', detail: '' } }),
      'hint',
      'Looking for the tracker…',
    ],
    ['nobody', open, state({ people: [] }), 'hint', 'Nobody found yet.'],
    [
      'nobody is here now',
      open,
      state({ people: [person('bob', { isHere: false })] }),
      'hint',
      'No one else is here now.',
    ],
  ])('%s', (_name, link, local, kind, title) => {
    const banner = bannerOf(link, local, 0)
    expect([banner?.kind, banner?.title]).toEqual([kind, title])
  })

  test('with the messages that wait for it', () => {
    expect(bannerOf({ kind: 'lost', attempts: 3 }, undefined, 2)?.detail).toBe(
      'Is it still running? Reconnecting… (attempt 3) Kept here until then: 2 messages of yours.',
    )
  })

  test('with the messages that are lost if the tab is closed', () => {
    expect(bannerOf({ kind: 'lost', attempts: 1 }, undefined, 1, 1)?.detail).toBe(
      'Is it still running? Reconnecting… (attempt 1) Waiting in this tab: 1 message of yours. ' +
        'Keep the tab open: this browser stores nothing for the page.',
    )
  })

  test('no flag of the command line', () => {
    expect(bannerOf(open, state({ people: [] }), 0)?.detail).not.toMatch(/--/)
  })

  test.each<[name: string, more: Partial<LocalState>, detail: RegExp]>([
    ['the LAN', { lan: ['eth0', 'wlan0'] }, /^Listening on eth0, wlan0, and the tracker knows no one else\./],
    ['no LAN', { lan: undefined, tracker: { state: 'none', detail: '' } }, /^The LAN is not searched\./],
    ['a closed network', { network: 'k3f9-2mx7' }, /Start Parley with the key of the network k3f9-2mx7 on/],
  ])('where is looked: %s', (_name, more, detail) => {
    expect(bannerOf(open, state({ people: [], ...more }), 0)?.detail).toMatch(detail)
  })
})

describe('what is promised', () => {
  test('a direct conversation says who gets it, and that the network could read it', () => {
    expect(directWords('bob', false)).toBe('Goes to bob only. Not encrypted: your network could read it.')
    expect(directWords('bob', true)).toBe('Goes to bob only, encrypted.')
  })
  test('a person who is away: how long messages wait, and for what', () => {
    expect(awayWords('bob', false)).toMatch(/waits in your Parley for 24 hours, .* at the same address/)
    expect(awayWords('bob', true)).toMatch(/waits in your Parley for 24 hours, .* at any address/)
  })
  test('an empty channel does not claim to be private', () => {
    expect([0, 1, 2].map(othersWords)).toEqual([
      'no one else is here now',
      'you and 1 other',
      'you and 2 others',
    ])
  })
})

describe('announced', () => {
  const ops = { conversation: 'ops' }
  test.each<[name: string, fresh: ReturnType<typeof message>[], words: string]>([
    ['nothing', [], ''],
    ['one', [message('hello')], 'bob: hello'],
    ['an action', [message('waves', 0, { action: true })], 'bob waves'],
    ['three', [message('a'), message('b'), message('c')], 'bob: a. bob: b. bob: c'],
    ['many', ['a', 'b', 'c', 'd'].map((text) => message(text)), '4 new messages in #general'],
    ['elsewhere, without a mention', [message('a', 0, ops)], ''],
    ['elsewhere, with a mention', [message('alice?', 0, ops)], 'A message for you from bob'],
    [
      'direct',
      [message('a', 0, { conversation: '@bob-id' }), message('b', 0, { conversation: '@bob-id' })],
      'Messages for you from bob',
    ],
    ['with control characters', [message('a\u0007b')], 'bob: a␇b'],
  ])('%s', (_name, fresh, words) => {
    expect(announcement(fresh, 'general', '#general', 'alice')).toBe(words)
  })

  test.each<[name: string, one: ReturnType<typeof message>, isOurs: boolean]>([
    ['a direct message', message('hi', 0, { conversation: '@bob-id' }), true],
    ['our name', message('alice?'), true],
    ['anything else', message('hi'), false],
    ['our own', ownMessage('alice'), false],
    ['a late one', message('alice?', 0, { late: true }), false],
  ])('%s calls: %s', (_name, one, isOurs) => {
    expect(isForUs(one, 'alice')).toBe(isOurs)
  })
})

describe('times', () => {
  test('of the day', () => {
    expect(clockTime(new Date(2026, 2, 14, 9, 5).getTime())).toBe('09:05')
  })
  test.each<[name: string, days: number, words: string]>([
    ['today', 0, 'Today, Saturday, March 14, 2026'],
    ['yesterday', -1, 'Yesterday, Friday, March 13, 2026'],
    ['before', -2, 'Thursday, March 12, 2026'],
  ])('%s', (_name, days, words) => {
    expect(dayWords(NOON + days * 86_400_000, NOON, 'en-US')).toBe(words)
  })
  test('short, and in full', () => {
    expect(shortTime(NOON, NOON, 'en-US')).toBe('Today, 12:00')
    expect(shortTime(NOON - 5 * 86_400_000, NOON, 'en-US')).toBe('Mar 9, 2026, 12:00')
    expect(fullTime(NOON, 'en-US')).toContain('12:00:00')
  })
  test('for programs; a time that no calendar has is none', () => {
    expect(machineTime(0)).toBe('1970-01-01T00:00:00.000Z')
    expect(machineTime(1e300)).toBeUndefined()
  })
})
