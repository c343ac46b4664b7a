/** Groups of our user: created, changed, talked in, and refused commands. */
import { beforeEach, describe, expect, test } from 'vitest'
import {
  NOW,
  ADA,
  MAI,
  EVE,
  FROM_MAI,
  ID,
  startLan,
  addForeign,
  token,
  attempt,
  groupCreated,
  groupMessage,
} from './messaging-lan.ts'
import { type SimulatedLan, type Station } from '../../simulated-lan.ts'
import { seed, type RfcStandIn } from '../../stand-ins.ts'
import type { LanNode } from '../../../../src/udp/node/node.ts'
import type { LanCommand } from '../../../../src/udp/node/model.ts'

let lan: SimulatedLan
let ada: Station<LanNode>
let mai: Station<RfcStandIn>

beforeEach(() => {
  ;({ lan, ada, mai } = startLan())
})

test('its members learn of it, of its changes and its messages', () => {
  const eve = addForeign(lan, EVE)
  lan.command(ada, { kind: 'group-create', id: 'ours', name: 'Our group', members: [MAI, ADA] })
  lan.command(ada, { kind: 'group-message', id: ID, group: 'ours', text: 'first' })
  expect(eve.program.of('GROUP_CREATE')).toEqual([])
  lan.command(ada, { kind: 'group-update', id: 'ours', add: [EVE], remove: [] })
  lan.command(ada, { kind: 'group-message', id: ID, group: 'ours', text: 'second' })
  lan.command(ada, { kind: 'group-update', id: 'ours', add: [], remove: [MAI] })
  lan.command(ada, { kind: 'group-message', id: ID, group: 'ours', text: 'third' })

  const said = ({ program }: Station<RfcStandIn>) =>
    program.of('GROUP_MESSAGE').map((lines) => lines.get('CONTENT'))
  expect(mai.program.of('GROUP_CREATE').map((lines) => lines.get('MEMBERS'))).toEqual([`${ADA},${MAI}`])
  expect(mai.program.of('GROUP_UPDATE')).toHaveLength(2)
  expect(said(mai)).toEqual(['first', 'second'])
  expect(eve.program.of('GROUP_CREATE').map((lines) => lines.get('MEMBERS'))).toEqual([
    `${ADA},${MAI},${EVE}`,
  ])
  expect(said(eve)).toEqual(['second', 'third'])
  expect([...mai.program.errors, ...eve.program.errors]).toEqual([])
  expect(ada.eventsOf('group').map(({ change }) => change)).toEqual(['created', 'updated', 'updated'])
})

/** The datagrams of one type that Mai was sent. */
function written(type: string): string[] {
  const sent = ada.sent.filter((datagram) => datagram.type === type && datagram.to.host === '10.77.0.11')
  return sent.map(({ bytes }) => bytes.toString())
}

const OURS = { kind: 'group-create', id: 'ours', name: 'Our group', members: [MAI] } as const
const OWN_TOKEN = `${ADA}|${NOW + 3600}|group`

test.each<[string, readonly string[], readonly string[], string]>([
  ['adds', [EVE], [], `ADD: ${EVE}\nREMOVE: \n`],
  ['removes', [], [MAI], `ADD: \nREMOVE: ${MAI}\n`],
  ['adds and removes', [EVE], [MAI], `ADD: ${EVE}\nREMOVE: ${MAI}\n`],
])(
  'a change that %s has both lists and the name, and no empty line at its end',
  (_name, add, remove, lists) => {
    lan.command(ada, OURS)
    lan.command(ada, { kind: 'group-update', id: 'ours', add, remove })
    expect(written('GROUP_UPDATE')).toEqual([
      `TYPE: GROUP_UPDATE\nFROM: ${ADA}\nGROUP_ID: ours\nGROUP_NAME: Our group\n${lists}TIMESTAMP: ${NOW}\nTOKEN: ${OWN_TOKEN}\n\n`,
    ])
  },
)

test('a text has the name of the group, a copy in base64, and its id twice', () => {
  lan.command(ada, OURS)
  lan.command(ada, { kind: 'group-message', id: ID, group: 'ours', text: 'grüße\nan alle' })
  const base64 = Buffer.from('grüße an alle').toString('base64')
  expect(written('GROUP_MESSAGE')).toEqual([
    `TYPE: GROUP_MESSAGE\nFROM: ${ADA}\nGROUP_ID: ours\nGROUP_NAME: Our group\nCONTENT: grüße an alle\nMESSAGE: ${base64}\n` +
      `TIMESTAMP: ${NOW}\nMESSAGE_ID: ${ID}\nID: ${ID}\nTOKEN: ${OWN_TOKEN}\n\n`,
  ])
})

test('many texts to a program that never answered are sent without base64 before they are refused', () => {
  lan.command(ada, OURS)
  for (let line = 10; line < 26; line++)
    lan.command(ada, {
      kind: 'group-message',
      id: `${line}`.repeat(8),
      group: 'ours',
      text: 'x'.repeat(500),
    })
  const texts = written('GROUP_MESSAGE')
  expect(texts.filter((text) => text.includes('\nMESSAGE: ')).length).toBeGreaterThan(5)
  expect(texts.filter((text) => !text.includes('\nMESSAGE: ')).length).toBeGreaterThan(0)
  // What is reported as sent was sent.
  expect(ada.eventsOf('sent').filter(({ ok }) => ok)).toHaveLength(texts.length)
})

describe('a program that knows groups by name', () => {
  beforeEach(() => {
    lan.command(ada, OURS)
    lan.inject(seed('GROUP_CREATE_ACK', { GROUP_NAME: 'Our group', FROM: 'mai@10.77.0.1' }), FROM_MAI, ada)
  })

  test('gets one message for each action, with its members', () => {
    lan.command(ada, { kind: 'group-update', id: 'ours', add: [EVE], remove: ['max@10.77.0.14'] })
    lan.command(ada, { kind: 'group-update', id: 'ours', add: ['max@10.77.0.14'], remove: [EVE] })
    const lines = /^(?:ADD|REMOVE|ACTION|MEMBERS): .*$/gm
    expect(written('GROUP_UPDATE').map((text) => text.match(lines))).toEqual([
      [`ADD: ${EVE}`, 'REMOVE: ', 'ACTION: ADD', `MEMBERS: ${EVE}`],
      ['ADD: ', 'REMOVE: max@10.77.0.14', 'ACTION: REMOVE', 'MEMBERS: max@10.77.0.14'],
      ['ADD: max@10.77.0.14', 'REMOVE: ', 'ACTION: ADD', 'MEMBERS: max@10.77.0.14'],
      ['ADD: ', `REMOVE: ${EVE}`, 'ACTION: REMOVE', `MEMBERS: ${EVE}`],
    ])
  })

  test('gets long texts in base64, too', () => {
    lan.command(ada, { kind: 'group-message', id: ID, group: 'ours', text: 'x'.repeat(5_000) })
    expect(written('GROUP_MESSAGE')[0]).toContain(`\nMESSAGE: ${'eHh4'.repeat(100)}`)
  })

  const named = (GROUP_NAME: string, text: string): string =>
    seed('GROUP_MESSAGE', {
      FROM: MAI,
      GROUP_NAME,
      MESSAGE: Buffer.from(text).toString('base64'),
      TOKEN: token('group'),
    })

  test('writes to our group; of several with one name to the latest that it is in', () => {
    lan.inject(named('Our group', 'one'), FROM_MAI, ada)
    lan.command(ada, { ...OURS, id: 'ours 2' })
    lan.inject(named('Our group', 'two'), FROM_MAI, ada)
    lan.command(ada, { kind: 'group-update', id: 'ours 2', add: [], remove: [MAI] })
    lan.inject(named('Our group', 'three'), FROM_MAI, ada)
    lan.inject(named('our group', 'four'), FROM_MAI, ada)
    expect(ada.eventsOf('group-message').map(({ group, text }) => [group.id, text])).toEqual([
      ['ours', 'one'],
      ['ours 2', 'two'],
      ['ours', 'three'],
    ])
  })

  test('cannot change our group', () => {
    ada.events.length = 0
    const update = { FROM: MAI, GROUP_NAME: 'Our group', ACTION: 'REMOVE', MEMBERS: ADA }
    lan.inject(seed('GROUP_UPDATE', { ...update, TOKEN: token('group') }), FROM_MAI, ada)
    expect(ada.eventsOf('group')).toEqual([])
    expect([...ada.program.dropped.keys()]).toContain(`the group ours belongs to ${ADA}`)
  })
})

test('a member writes in it', () => {
  lan.command(ada, { kind: 'group-create', id: 'lab', name: 'Our group', members: [MAI] })
  lan.inject(groupMessage(), FROM_MAI, ada)
  expect(ada.eventsOf('group-message')).toMatchObject([{ text: 'slides are up', group: { owner: ADA } }])
})

test('a message in it has a delivery report for each member', () => {
  lan.command(ada, { kind: 'group-create', id: 'ours', name: 'Our group', members: [MAI, EVE] })
  lan.command(ada, { kind: 'group-message', id: ID, group: 'ours', text: 'first' })
  expect(ada.eventsOf('sent').map(({ to, ok, reason }) => [to, ok, reason])).toEqual([
    [MAI, true, ''],
    [EVE, false, 'it is not on this network'],
  ])
})

test.each<[string, LanCommand, string]>([
  [
    'without members',
    { kind: 'group-create', id: 'g', name: 'G', members: [] },
    '422 a group needs a member who is on this network',
  ],
  [
    'of our user alone',
    { kind: 'group-create', id: 'g', name: 'G', members: [ADA] },
    '422 a group needs a member who is on this network',
  ],
  [
    'of absent users',
    { kind: 'group-create', id: 'g', name: 'G', members: [EVE] },
    '422 a group needs a member who is on this network',
  ],
  [
    'without a name',
    { kind: 'group-create', id: 'g', name: ' ', members: [MAI] },
    '422 GROUP_NAME is missing',
  ],
  [
    'with an invalid user id',
    { kind: 'group-create', id: 'g', name: 'G', members: [MAI, 'eve'] },
    '422 MEMBERS must not have the entry eve',
  ],
  [
    'that exists',
    { kind: 'group-create', id: 'ours', name: 'G', members: [MAI] },
    '409 there is a group ours already',
  ],
  [
    'an update of an unknown group',
    { kind: 'group-update', id: 'g', add: [MAI], remove: [] },
    '404 you are in no group g',
  ],
  [
    'an empty update',
    { kind: 'group-update', id: 'ours', add: [], remove: [] },
    '422 ADD or REMOVE is missing',
  ],
  [
    'an update of a group of another user',
    { kind: 'group-update', id: 'lab', add: [EVE], remove: [] },
    `403 only ${MAI} may change who is in Lab`,
  ],
  [
    'a message in an unknown group',
    { kind: 'group-message', id: ID, group: 'g', text: 'x' },
    '404 you are in no group g',
  ],
  [
    'a message without text',
    { kind: 'group-message', id: ID, group: 'ours', text: ' ' },
    '422 CONTENT is missing',
  ],
])('a refused command has no effect: a group %s', (_name, command, expected) => {
  lan.inject(groupCreated(), FROM_MAI, ada)
  lan.command(ada, { kind: 'group-create', id: 'ours', name: 'Ours', members: [MAI] })
  const before = [ada.sent.length, ada.events.length]
  expect(attempt(lan, ada, command)).toBe(expected)
  lan.step(0)
  expect([ada.sent.length, ada.events.length]).toEqual(before)
})
