/** People, channels and messages for the page: ordinary ones, and some that try to break it. */
import { KeyPair } from '../../src/identity/key-pair.ts'
import { peerId, type Peer } from '../../src/chat/model.ts'

export interface Person {
  readonly peer: Peer
  readonly status: string
  readonly channels: readonly string[]
  readonly isHere: boolean
  /** The bytes of a PNG. */
  readonly picture?: Buffer
}

export interface World {
  readonly self: Person
  readonly people: readonly Person[]
  /** The channels that `self` is in. */
  readonly channels: readonly string[]
  /** Those of them that are groups of LSNP. */
  readonly groups: readonly string[]
}

/** A message in the script. */
export interface Line {
  readonly from: Person
  readonly text: string
  /** #general when it is not given. */
  readonly conversation?: string
  readonly action?: boolean
  readonly late?: boolean
  /** The delivery of an own message; to everybody when it is not given. */
  readonly fate?: Fate
  /** Minutes before the present. */
  readonly ago: number
}

interface Fate {
  readonly unconfirmed?: number
  readonly waiting?: readonly Person[]
  readonly failed?: readonly { readonly person: Person; readonly reason: string }[]
}

/** A person in #general who is here. */
export function person(ip: string, name: string, more: Partial<Person> = {}): Person {
  return { peer: { ip, port: 8000, name }, status: '', channels: ['general'], isHere: true, ...more }
}

/** A person who takes datagrams only. */
export function lsnpPerson(ip: string, name: string, userId: string, status: string): Person {
  const peer: Peer = { ip, port: 50_999, name, lsnp: userId }
  return { peer, status, channels: ['general'], isHere: true }
}

export function idOf({ peer }: Person): string {
  return peerId(peer)
}

export function directWith(one: Person): string {
  return `@${idOf(one)}`
}

export const ALICE = person('192.168.1.10', 'Alice', { status: 'at the desk by the window' })

/** A picture of one blue pixel. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkSPv/HwAEMAJpWqKmWAAAAABJRU5ErkJggg==',
  'base64',
)

export const BOB = person('192.168.1.11', 'Bob', {
  status: 'in the lab',
  channels: ['general', 'ops'],
  picture: PICTURE,
})
const CAROL = lsnpPerson('192.168.1.12', 'carol', 'carol@192.168.1.12', 'LSNP since 1999')
export const DAVE = person('192.168.1.13', 'Dave', { isHere: false, channels: [] })
export const ZOE = person('fd00::14', 'Zoë Ångström-Papadopoulos', { channels: ['general', 'ops', 'tea'] })
export const YUKI = person('192.168.1.15', '雪', { status: 'ラボにいます' })
const MALLORY = person('192.168.1.66', 'Mall\u202eory', { status: '<img src=x onerror=alert(1)>' })

/** A person with a key, whose views have more; not in WORLD, because most views have nobody with one. */
export const ERIN: Person = {
  ...person('192.168.1.17', 'Erin', { status: 'reviewing' }),
  peer: { ip: '192.168.1.17', port: 8000, name: 'Erin', key: new KeyPair(Buffer.alloc(32, 5)).id },
}

export const WORLD: World = {
  self: ALICE,
  people: [BOB, CAROL, DAVE, ZOE, YUKI, MALLORY],
  channels: ['general', 'ops', 'tea', 'reading-group'],
  groups: ['reading-group'],
}

const DAY = 24 * 60

export const LINES: readonly Line[] = [
  { from: BOB, ago: 2 * DAY, text: 'The printer on the second floor is back.' },
  { from: ALICE, ago: 2 * DAY - 1, text: 'Thanks! That saves me a walk.' },
  {
    from: ZOE,
    ago: DAY + 30,
    text: 'Slides for Thursday: https://slides.example/lan-chat?page=3#end (draft).',
  },
  { from: ZOE, ago: DAY + 29, text: 'Comments welcome until tomorrow.' },
  { from: YUKI, ago: DAY + 5, text: '了解しました。明日の午前中に確認します。' },
  { from: BOB, ago: 64, text: 'waves from the lab', action: true },
  { from: BOB, ago: 63, text: 'Does anybody have the calibration file?' },
  {
    from: BOB,
    ago: 62,
    text: 'The one with the new offsets:\n\n  offset_x = 0.25\n  offset_y = -1.5\n\nI only find last year’s.',
  },
  { from: CAROL, ago: 60, text: 'It is on the share, under /calibration/2026.' },
  {
    from: ALICE,
    ago: 58,
    text: 'I put a copy next to the microscope, too.',
    fate: { unconfirmed: 1 },
  },
  {
    from: MALLORY,
    ago: 40,
    text: '<script>alert(1)</script> javascript:alert(1) \u001b[31mred\u001b[0m \u202egnp.exe',
  },
  { from: ZOE, ago: 31, text: '@Alice could you bring the long cable when you come over?' },
  { from: DAVE, ago: 95, late: true, text: 'I am on the train, back at noon.' },
  { from: ALICE, ago: 12, text: 'On my way.', fate: { waiting: [DAVE] } },
  {
    from: ALICE,
    ago: 10,
    text: 'And the adapter?',
    fate: { failed: [{ person: CAROL, reason: 'no route to the host' }] },
  },
  { from: BOB, ago: 3, text: 'שלום! مرحبا! Hello in three directions 👋🏽' },
  { from: BOB, ago: 2, text: 'Found it. Thank you both 🙏' },
  { from: BOB, ago: 90, conversation: 'ops', text: 'Deploying the new tracker at four.' },
  { from: ZOE, ago: 45, conversation: 'ops', text: 'Alice, is the backup done?' },
  { from: ZOE, ago: 44, conversation: 'ops', text: 'Then we can start earlier.' },
  { from: BOB, ago: 20, conversation: directWith(BOB), text: 'Lunch at half past twelve?' },
  { from: ALICE, ago: 19, conversation: directWith(BOB), text: 'Yes, with pleasure.' },
  { from: BOB, ago: 4, conversation: directWith(BOB), text: 'The usual place?' },
  {
    from: ALICE,
    ago: 15,
    conversation: directWith(DAVE),
    text: 'Call me when you are back.',
    fate: { waiting: [DAVE] },
  },
]

/** Many plain messages of #general, the newest said so many minutes ago. */
export function manyLines(count: number, ago: number): Line[] {
  const authors = [BOB, ZOE, YUKI, CAROL]
  return Array.from({ length: count }, (_, index) => ({
    from: authors[Math.floor(index / 3) % authors.length] ?? BOB,
    ago: ago + (count - index),
    text: `message ${index + 1}${index % 7 === 0 ? ' with some more words, so that lines of different lengths are in the log and some of them take two rows of it' : ''}`,
  }))
}
