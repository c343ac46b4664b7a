/** The first lines of a chat. */
import { describe, expect, test } from 'vitest'
import { Welcome, type WelcomeFacts } from '../../../src/cli/chat/welcome.ts'
import { ALICE, BOB } from '../fake-chat.ts'
import type { ChatEvent } from '../../../src/chat/model.ts'

const FACTS: WelcomeFacts = {
  name: 'kim',
  shortId: 'k3f9-2mx7',
  nameNote: '',
  address: '192.168.1.5:8000',
  lan: ['eth0'],
  isThisMachineOnly: false,
  tracker: '127.0.0.1:9001',
  isTrackerOptional: true,
  byHand: [],
  url: 'http://127.0.0.1:8080/chat#token=x',
  isPageForOthers: false,
  here: [],
}

const LOST: ChatEvent = { kind: 'tracker', state: 'lost', detail: 'connection refused' }
const REGISTERED: ChatEvent = { kind: 'tracker', state: 'registered', detail: '' }
const CONNECTING: ChatEvent = { kind: 'tracker', state: 'connecting', detail: '' }

function welcomeAfter(...events: readonly ChatEvent[]): Welcome {
  const welcome = new Welcome()
  for (const event of events) welcome.show(event)
  return welcome
}

test('four lines: the user, the ways to be found, the page, the users here', () => {
  expect(welcomeAfter(CONNECTING, LOST).lines(FACTS)).toEqual([
    '-- you are kim (k3f9-2mx7) at 192.168.1.5:8000',
    '-- LAN eth0; no tracker at 127.0.0.1:9001, none needed; your page:',
    'http://127.0.0.1:8080/chat#token=x',
    '-- no one else is here yet; type to talk in #general, /help for more',
  ])
})

test('each fits into 80 columns', () => {
  const facts = {
    ...FACTS,
    address: '192.168.100.105:8000',
    url: `http://127.0.0.1:8080/chat#token=${'x'.repeat(43)}`,
  }
  for (const events of [[], [LOST], [REGISTERED]])
    for (const line of welcomeAfter(...events).lines(facts)) expect(line.length).toBeLessThanOrEqual(80)
})

describe('the ways to be found', () => {
  test.each<[string, ChatEvent[], Partial<WelcomeFacts>, string]>([
    ['registered', [CONNECTING, REGISTERED], {}, 'LAN eth0; registered with the tracker 127.0.0.1:9001'],
    ['not yet', [CONNECTING], {}, 'LAN eth0; looking for the tracker 127.0.0.1:9001'],
    ['gone, and wanted', [LOST], { isTrackerOptional: false }, 'LAN eth0; no tracker at 127.0.0.1:9001'],
    ['no tracker', [], { tracker: undefined }, 'LAN eth0; no tracker'],
    ['two networks', [], { tracker: undefined, lan: ['eth0', 'wlan0'] }, 'LAN eth0, wlan0; no tracker'],
    ['no network', [], { tracker: undefined, lan: [] }, 'LAN: no network; no tracker'],
    [
      'this machine',
      [REGISTERED],
      { lan: ['lo'], isThisMachineOnly: true },
      'LAN: this machine only; registered with the tracker 127.0.0.1:9001',
    ],
    [
      'by hand',
      [],
      { tracker: undefined, lan: undefined, byHand: ['10.0.0.7:8000'] },
      'LAN off; by hand 10.0.0.7:8000; no tracker',
    ],
    [
      'in no way',
      [],
      { tracker: undefined, lan: undefined },
      'LAN off; no tracker: nobody can find you; give one with --tracker-ip',
    ],
  ])('%s', (_name, events, more, words) => {
    const [, line] = welcomeAfter(...events).lines({ ...FACTS, ...more, url: undefined })
    expect(line).toBe(`-- ${words}`)
  })
})

test.each<[string, Partial<WelcomeFacts>, number, string]>([
  [
    'a name that was taken',
    { name: 'kim-2', nameNote: ': kim runs here' },
    0,
    '-- you are kim-2 (k3f9-2mx7) at 192.168.1.5:8000: kim runs here',
  ],
  [
    'a name that would move the cursor',
    { name: 'a\x1b[2J' },
    0,
    '-- you are a␛[2J (k3f9-2mx7) at 192.168.1.5:8000',
  ],
  [
    'some people',
    { here: ['alice', 'b\x07b'] },
    -1,
    '-- here: alice, b␇b; type to talk in #general, /help for more',
  ],
  [
    'many people',
    { here: Array.from({ length: 10 }, (_, index) => `p${index}`) },
    -1,
    '-- here: p0, p1, p2, p3, p4, p5, p6, p7 and 2 more; type to talk in #general, /help for more',
  ],
])('%s', (_name, more, place, line) => {
  expect(
    welcomeAfter()
      .lines({ ...FACTS, ...more })
      .at(place),
  ).toBe(line)
})

test('a page that others can open is said to be one', () => {
  expect(welcomeAfter(LOST).lines({ ...FACTS, isPageForOthers: true })[1]).toContain('other machines')
})

describe('events of the first moment', () => {
  const JOINED: ChatEvent = { kind: 'joined', peer: BOB, channel: 'general' }
  const ELSEWHERE: ChatEvent = { kind: 'joined', peer: BOB, channel: 'ops' }
  const PRESENT: ChatEvent = { kind: 'present', peers: [ALICE], channel: 'general' }
  const NOTICE: ChatEvent = { kind: 'notice', text: 'x' }
  test.each<[string, Partial<WelcomeFacts>, ChatEvent[]]>([
    ['go on to the session if the lines do not cover them', {}, [ELSEWHERE, NOTICE]],
    ['as does a wanted tracker that is missing', { isTrackerOptional: false }, [LOST, ELSEWHERE, NOTICE]],
  ])('%s', (_name, more, expected) => {
    const welcome = welcomeAfter(CONNECTING, JOINED, LOST, PRESENT, ELSEWHERE, NOTICE)
    const shown: ChatEvent[] = []
    const session = { show: (event: ChatEvent) => void shown.push(event) }
    welcome.passOn(session, { ...FACTS, ...more })
    expect(shown).toEqual(expected)
    welcome.show(JOINED)
    expect(shown).toEqual([...expected, JOINED])
  })
})

test.each<[string, ChatEvent[], boolean]>([
  ['nothing yet', [CONNECTING], false],
  ['it is there', [CONNECTING, REGISTERED], true],
  ['it is not', [LOST], true],
])('whether the tracker is known: %s', (_name, events, isKnown) => {
  expect(welcomeAfter(...events).isTrackerKnown).toBe(isKnown)
})
