/** What the pictures of docs/screenshots show: a laboratory on an ordinary Thursday. */
import { ALICE, directWith, lsnpPerson, person, type Line, type World } from './world.ts'

/** Thursday, 12 November 2026, half past two in the afternoon, UTC. */
export const PICTURED = Date.UTC(2026, 10, 12, 14, 30)

const BOB = person('192.168.1.24', 'Bob', {
  status: 'in the cleanroom until four',
  channels: ['general', 'microscope'],
})
const CAROL = lsnpPerson('192.168.1.33', 'Carol', 'carol@192.168.1.33', 'LSNP since the first lecture')
const ZOE = person('192.168.1.50', 'Zoë', {
  status: 'writing',
  channels: ['general', 'microscope', 'coffee'],
})
const YUKI = person('192.168.1.27', 'Yuki', { status: 'back at three', channels: ['general', 'coffee'] })
const MALIK = person('192.168.1.13', 'Malik', { channels: ['general', 'coffee', 'microscope'] })
const DAVE = person('192.168.1.15', 'Dave', { isHere: false, channels: [] })

export const PICTURED_PEOPLE = { BOB, CAROL, ZOE, YUKI, MALIK, DAVE }

export const PICTURED_WORLD: World = {
  self: ALICE,
  people: Object.values(PICTURED_PEOPLE),
  channels: ['general', 'microscope', 'coffee', 'reading-group'],
  groups: ['reading-group'],
}

const DAY = 24 * 60

/** `ago` in minutes. */
export const PICTURED_LINES: readonly Line[] = [
  {
    from: MALIK,
    ago: DAY + 320,
    text: 'The new switch is in the rack. If your lights are green, it worked.',
  },
  { from: ZOE, ago: DAY + 317, text: 'Green here.' },
  { from: YUKI, ago: DAY + 300, text: 'Checked the first floor: all green.' },
  { from: ALICE, ago: DAY + 299, text: 'Green on the second floor, too.' },
  { from: BOB, ago: 96, text: 'Does anybody have the calibration file?' },
  {
    from: BOB,
    ago: 95,
    text: 'The one with the new offsets:\n\n  offset_x = 0.25\n  offset_y = -1.5\n\nI only find last year’s.',
  },
  { from: CAROL, ago: 92, text: 'It is on the share, under /calibration/2026.' },
  { from: ALICE, ago: 90, text: 'I put a copy next to the microscope, too.' },
  { from: BOB, ago: 89, text: 'Found it. Thank you both!' },
  {
    from: ZOE,
    ago: 41,
    text: 'Slides for this afternoon: http://192.168.1.20/slides/lan-chat.html (draft, comments welcome)',
  },
  { from: MALIK, ago: 38, text: 'Slide 12 has the old diagram.' },
  { from: ZOE, ago: 37, text: 'Right. Replaced.' },
  { from: MALIK, ago: 30, text: 'puts the kettle on', action: true },
  { from: ZOE, ago: 22, text: '@Alice could you bring the long cable when you come over?' },
  { from: ALICE, ago: 20, text: 'On my way.' },
  {
    from: ALICE,
    ago: 4,
    text: 'Cable delivered, like everything else here.',
  },
  { from: MALIK, ago: 2, text: 'Tea is ready. First come, first served.' },

  { from: ZOE, ago: 70, conversation: 'microscope', text: 'The stage drifts again, two µm in ten minutes.' },
  {
    from: MALIK,
    ago: 68,
    conversation: 'microscope',
    text: 'Temperature? The window was open this morning.',
  },
  { from: BOB, ago: 66, conversation: 'microscope', text: 'Closed it. Let us look again in half an hour.' },
  { from: YUKI, ago: 50, conversation: 'coffee', text: 'New beans, from the roaster by the station.' },
  { from: BOB, ago: 172, conversation: directWith(BOB), text: 'Lunch at half past twelve?' },
  { from: ALICE, ago: 171, conversation: directWith(BOB), text: 'With pleasure.' },
  { from: BOB, ago: 169, conversation: directWith(BOB), text: 'The usual place?' },
  {
    from: ALICE,
    ago: 168,
    conversation: directWith(BOB),
    text: 'They have soup on Thursdays.',
  },
  {
    from: ALICE,
    ago: 15,
    conversation: directWith(DAVE),
    text: 'The parcel is with the porter. Call me when you are back?',
    fate: { waiting: [DAVE] },
  },
]

const TALK = [
  'Who has the key of the server room?',
  'I do. Give me five minutes.',
  'Is the reading group today or tomorrow?',
  'Tomorrow, at ten, room 2.14.',
  'I need a second pair of hands at the laser table.',
  'Coming.',
  'Does the ship’s chat still run on the old laptop?',
  'Since March, without a restart.',
  'Then it can stay there.',
  'Backups are done.',
  'The spare batteries are in the left drawer.',
]

/** One of them each day. */
const PRINTER = [
  'The printer on the second floor is back.',
  'Is the printer out of paper, or out of order?',
  'I moved the printer to room 2.14, next to the window.',
  'Your 200 pages on the printer are done.',
  'The printer wants the other toner, the one with the blue lid.',
]

/** What was said in #general on each of so many days before, from half past nine on: enough for a search. */
export function pastTalk(days: number): Line[] {
  const authors = [BOB, ZOE, YUKI, MALIK]
  return Array.from({ length: days * TALK.length }, (_, index) => {
    const day = days - Math.floor(index / TALK.length)
    const place = index % TALK.length
    return {
      from: authors[(day + place) % authors.length] ?? BOB,
      ago: (1 + day) * DAY + 5 * 60 - place * (3 + ((day * 7) % 20)),
      text: (place === 2 ? PRINTER[day % PRINTER.length] : TALK[place]) ?? '',
    }
  })
}
