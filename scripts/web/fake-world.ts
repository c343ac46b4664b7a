/** People, channels and messages that the page is tried with: ordinary ones, and such as try to break it. */
import type { LocalDelivery, LocalMessage, LocalPerson, LocalState } from '../../src/chat/wire/local-api.ts'

export const SELF = { id: '192.168.1.10:8000', name: 'Alice', status: 'at the desk by the window' }

const person = (id: string, name: string, more: Partial<LocalPerson> = {}): LocalPerson => ({
  id,
  name,
  status: '',
  picture: undefined,
  channels: ['general'],
  sources: ['lan'],
  isHere: true,
  isLsnp: false,
  ...more,
})

export const BOB = person('192.168.1.11:8000', 'Bob', { status: 'in the lab', channels: ['general', 'ops'] })
const CAROL = person('carol@192.168.1.12', 'carol', { isLsnp: true, status: 'LSNP since 1999' })
export const DAVE = person('192.168.1.13:8000', 'Dave', { isHere: false, channels: [] })
export const ZOE = person('[fd00::14]:8000', 'Zoë Ångström-Papadopoulos', {
  channels: ['general', 'ops', 'tea'],
})
export const YUKI = person('192.168.1.15:8000', '雪', { status: 'ラボにいます' })
const MALLORY = person('192.168.1.66:8000', 'Mall\u202eory', {
  status: '<img src=x onerror=alert(1)>',
  channels: ['general'],
})

const PEOPLE: readonly LocalPerson[] = [BOB, CAROL, DAVE, ZOE, YUKI, MALLORY]

export function firstState(picture: string): LocalState {
  return {
    version: '0.1.0',
    self: { ...SELF, picture: undefined },
    channels: [
      { name: 'general', isGroup: false },
      { name: 'ops', isGroup: false },
      { name: 'tea', isGroup: false },
      { name: 'reading-group', isGroup: true },
    ],
    directs: [`@${BOB.id}`, `@${DAVE.id}`],
    people: PEOPLE.map((one) => (one.id === BOB.id ? { ...one, picture } : one)),
    tracker: { state: 'registered', detail: '' },
    lan: ['wlan0 (192.168.1.0/24)'],
    problem: undefined,
    outbox: { waiting: 0, failed: 0 },
    read: [],
    eventId: '0',
  }
}

export interface Line {
  readonly from: Pick<LocalPerson, 'id' | 'name'>
  readonly text: string
  readonly conversation?: string
  readonly action?: boolean
  readonly late?: boolean
  readonly delivery?: LocalDelivery
  /** Minutes before now at which it was said. */
  readonly ago: number
}

const DAY = 24 * 60

export function delivered(recipients: number, more: Partial<LocalDelivery> = {}): LocalDelivery {
  return { recipients, delivered: recipients, unconfirmed: 0, waiting: [], failed: [], ...more }
}

export const LINES: readonly Line[] = [
  { from: BOB, ago: 2 * DAY, text: 'The printer on the second floor is back.' },
  { from: SELF, ago: 2 * DAY - 1, text: 'Thanks! That saves me a walk.', delivery: delivered(4) },
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
    from: SELF,
    ago: 58,
    text: 'I put a copy next to the microscope, too.',
    delivery: delivered(5, { unconfirmed: 1 }),
  },
  {
    from: MALLORY,
    ago: 40,
    text: '<script>alert(1)</script> javascript:alert(1) \u001b[31mred\u001b[0m \u202egnp.exe',
  },
  { from: ZOE, ago: 31, text: '@Alice could you bring the long cable when you come over?' },
  { from: DAVE, ago: 95, late: true, text: 'I am on the train, back at noon.' },
  { from: SELF, ago: 12, text: 'On my way.', delivery: delivered(5, { delivered: 4, waiting: ['Dave'] }) },
  {
    from: SELF,
    ago: 10,
    text: 'And the adapter?',
    delivery: delivered(5, { delivered: 3, failed: [{ name: 'carol', reason: 'no route to the host' }] }),
  },
  { from: BOB, ago: 3, text: 'שלום! مرحبا! Hello in three directions 👋🏽' },
  { from: BOB, ago: 2, text: 'Found it. Thank you both 🙏' },
  { from: BOB, ago: 90, conversation: 'ops', text: 'Deploying the new tracker at four.' },
  { from: ZOE, ago: 45, conversation: 'ops', text: 'Alice, is the backup done?' },
  { from: ZOE, ago: 44, conversation: 'ops', text: 'Then we can start earlier.' },
  { from: BOB, ago: 20, conversation: `@${BOB.id}`, text: 'Lunch at half past twelve?' },
  { from: SELF, ago: 19, conversation: `@${BOB.id}`, text: 'Yes, with pleasure.', delivery: delivered(1) },
  { from: BOB, ago: 4, conversation: `@${BOB.id}`, text: 'The usual place?' },
  {
    from: SELF,
    ago: 15,
    conversation: `@${DAVE.id}`,
    text: 'Call me when you are back.',
    delivery: delivered(1, { delivered: 0, waiting: ['Dave'] }),
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

export function messageOf(line: Line, index: number, now: number): LocalMessage {
  const at = now - line.ago * 60_000
  const own = line.from.id === SELF.id
  return {
    key: `k${index}`,
    id: `m${index}`,
    conversation: line.conversation ?? 'general',
    from: { id: line.from.id, name: line.from.name },
    own,
    text: line.text,
    action: line.action ?? false,
    at,
    receivedAt: line.late === true ? at + 80 * 60_000 : at + 20,
    late: line.late ?? false,
    delivery: own ? line.delivery : undefined,
  }
}
