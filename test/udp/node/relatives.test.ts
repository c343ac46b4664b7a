/** A node with each of the programs of relatives.ts: what each side says is shown once on the other. */
import { beforeEach, describe, expect, test } from 'vitest'
import { SimulatedLan, START, type Station } from '../simulated-lan.ts'
import { Relative, RELATIVES, US, type Habits } from './relatives.ts'
import type { LanNode } from '../../../src/udp/node/node.ts'
import type { LanCommand } from '../../../src/udp/node/model.ts'

const NOW = START / 1000
const EVE = 'eve@10.77.0.13'
const REL = 'rel@10.77.0.12'
const GROUP = 'f'.repeat(16)

let lan: SimulatedLan
let ada: Station<LanNode>
let ids: number

beforeEach(() => {
  lan = new SimulatedLan()
  ada = lan.node('ada', '10.77.0.1')
  ids = 0
})

/** Adds the program, which has announced itself. */
function add(habits: Habits): Relative {
  const program = new Relative(REL, habits)
  lan.add(program, '10.77.0.12', habits.port)
  lan.step(1_000)
  program.announce()
  lan.step(6_000)
  return program
}

function say(command: LanCommand): void {
  lan.command(ada, command)
}

function id(): string {
  return (++ids).toString(16).padStart(16, '0')
}

/** What our user was shown of the program, except that it is there. */
function shown(): string[] {
  return ada.events.flatMap((event) => {
    switch (event.kind) {
      case 'post':
      case 'dm':
        return [`${event.kind} ${event.from.userId}: ${event.text}`]
      case 'group-message':
        return [`[${event.group.name}] ${event.from.userId}: ${event.text}`]
      case 'group':
        return [`${event.change} ${event.group.name}: ${event.group.members.join(' ')}`]
      case 'followed':
        return [`${event.following ? 'follow' : 'unfollow'} ${event.from.userId}`]
      case 'liked':
        return [`${event.liking ? 'like' : 'unlike'} ${event.text}`]
      case 'notice':
        return [event.text]
      default:
        return []
    }
  })
}

describe.each(Object.entries(RELATIVES))('%s', (_name, habits) => {
  test('shows each of our lines once, and reports no error', () => {
    const rel = add(habits)
    // Its own posts show which scopes it uses.
    rel.post('hello from rel')
    lan.step(1_000)
    for (const text of ['one', 'two']) {
      say({ kind: 'dm', id: id(), to: REL, text })
      say({ kind: 'post', id: id(), to: REL, text })
      lan.step(500)
    }
    lan.step(30_000)
    expect(rel.screen).toEqual([`DM ${US}: one`, `POST ${US}: one`, `DM ${US}: two`, `POST ${US}: two`])
    expect(rel.errors).toEqual([])
    expect(ada.eventsOf('sent').map(({ ok }) => ok)).toEqual([true, true, true, true])
  })

  test('each of its lines is shown once, and it gets the acknowledgements that it waits for', () => {
    const rel = add(habits)
    rel.post('hello')
    rel.direct('psst')
    rel.post('and more')
    lan.step(30_000)
    expect(shown()).toEqual([`post ${REL}: hello`, `dm ${REL}: psst`, `post ${REL}: and more`])
    expect(rel.failed).toEqual([])
    expect(rel.errors).toEqual([])
  })
})

const SOCIAL = Object.entries(RELATIVES).filter(([, { groups }]) => groups !== 'none')

describe.each(SOCIAL)('%s', (_name, habits) => {
  test('shows our FOLLOW and LIKE, and that both are taken back', () => {
    const rel = add(habits)
    rel.post('hello')
    lan.step(1_000)
    for (const liking of [true, false]) say({ kind: 'like', to: REL, liking })
    for (const following of [true, false]) say({ kind: 'follow', to: REL, following })
    lan.step(30_000)
    const at = Number(ada.messages('LIKE')[0]?.postTimestamp)
    expect(rel.screen).toEqual([
      `${US} LIKEs ${at}`,
      `${US} UNLIKEs ${at}`,
      `${US} follows you`,
      `${US} follows you no longer`,
    ])
    expect(rel.errors).toEqual([])
  })

  test('its FOLLOW and LIKE, and that both are taken back, are shown once, and acknowledged if it waits', () => {
    const rel = add(habits)
    rel.post('hello')
    lan.step(0)
    const at = Math.floor(lan.now / 1000)
    say({ kind: 'post', id: id(), to: REL, text: 'our post' })
    ada.events.length = 0
    rel.follow('FOLLOW')
    rel.like(at)
    lan.step(5_000)
    rel.follow('UNFOLLOW')
    rel.like(at, 'UNLIKE')
    lan.step(30_000)
    expect(shown()).toEqual([`follow ${REL}`, 'like our post', `unfollow ${REL}`, 'unlike our post'])
    expect(rel.failed).toEqual([])
    expect(rel.errors).toEqual([])
  })

  test('is in a group of ours, which changes, and both write in it', () => {
    const rel = add(habits)
    const eve = lan.add(new Relative(EVE, habits), '10.77.0.13', habits.port + 1)
    eve.program.announce()
    lan.step(1_000)
    // A group of its own has shown how it writes groups.
    rel.createGroup('Its group', [REL, US])
    lan.step(1_000)
    rel.screen.length = 0
    const update = { kind: 'group-update', id: GROUP } as const
    say({ kind: 'group-create', id: GROUP, name: 'Trip Buddies', members: [REL] })
    say({ kind: 'group-message', id: id(), group: GROUP, text: 'grüße: one' })
    say({ ...update, add: [EVE], remove: [] })
    say({ kind: 'group-message', id: id(), group: GROUP, text: 'two' })
    say({ ...update, add: [], remove: [EVE] })
    const group = habits.groups === 'action' ? 'Trip Buddies' : GROUP
    rel.sayInGroup(group, 'from rel')
    lan.step(30_000)
    expect(rel.screen).toEqual([
      'you are in Trip Buddies',
      `[Trip Buddies] ${US}: grüße: one`,
      `Trip Buddies: ${US} ${REL} ${EVE}`,
      `[Trip Buddies] ${US}: two`,
      `Trip Buddies: ${US} ${REL}`,
    ])
    expect(shown().slice(1)).toEqual([
      `created Trip Buddies: ${US} ${REL}`,
      `updated Trip Buddies: ${US} ${REL} ${EVE}`,
      `updated Trip Buddies: ${US} ${REL}`,
      `[Trip Buddies] ${REL}: from rel`,
    ])
    expect(rel.failed).toEqual([])
    expect(rel.errors).toEqual([])
  })

  test('a member is replaced by another in one step', () => {
    const rel = add(habits)
    rel.createGroup('Its group', [REL, US])
    lan.step(1_000)
    say({ kind: 'group-create', id: GROUP, name: 'Trip', members: [REL, 'max@10.77.0.14'] })
    say({ kind: 'group-update', id: GROUP, add: [EVE], remove: ['max@10.77.0.14'] })
    lan.step(10_000)
    expect(rel.screen.at(-1)).toBe(`Trip: ${US} ${REL} ${EVE}`)
    expect(rel.errors).toEqual([])
  })

  test('creates a group with us, and both write in it', () => {
    const rel = add(habits)
    rel.createGroup('Its group', [REL, US])
    const group = habits.groups === 'action' ? 'Its group' : 'id of Its group'
    rel.sayInGroup(group, 'welcome')
    lan.step(10_000)
    say({ kind: 'group-message', id: id(), group, text: 'hi' })
    lan.step(10_000)
    expect(shown()).toEqual([`created Its group: ${REL} ${US}`, `[Its group] ${REL}: welcome`])
    expect(rel.screen).toEqual([`[Its group] ${US}: hi`])
    expect(rel.failed).toEqual([])
    expect(rel.errors).toEqual([])
  })
})

describe('declined', () => {
  const offer = { FROM: REL, TO: US, FILENAME: 'mid.bin', FILESIZE: 3072 }
  const uuid = '1a1f1c8e-ecff-4b38-b8b1-562f0dc58c60'
  const digits = '61d18f793daddae8c8e71c614a1abb1d'

  test.each<[string, Readonly<Record<string, string | number>>, string]>([
    [
      'a later legacy client',
      { transfer_id: 'file_0_1795789948', filename: 'mid.bin', file_size: 3072, sender_name: 'Suzy' },
      `${US} refused file_0_1795789948`,
    ],
    [
      'a program with scopes of its own that waits for every ACK',
      { ...offer, FILEID: uuid },
      `${US} rejected ${uuid}`,
    ],
    [
      'a program that acknowledges DMs and reads FILE_IGNORED',
      { ...offer, FILEID: digits, DESCRIPTION: '' },
      `${US} ignores ${digits}`,
    ],
  ])('a file of %s, once, in the form that it reads', (name, fields, line) => {
    const habits = RELATIVES[name]
    if (habits === undefined) throw new Error(`no program ${name}`)
    const rel = add(habits)
    for (let copy = 0; copy < 3; copy++) {
      rel.offer(fields)
      lan.step(2_000)
    }
    expect(rel.screen).toEqual([line])
    expect(rel.errors).toEqual([])
    expect(shown()).toEqual(['Rel offers the file mid.bin: declined, files are not supported yet'])
  })

  test.each(SOCIAL)('a game of %s, with FORFEIT, once', (_name, habits) => {
    const rel = add(habits)
    const fields = { FROM: REL, TO: US, GAMEID: 'g42', MESSAGE_ID: '00ab12cd34ef5601', SYMBOL: 'X' }
    const invite = { ...fields, TIMESTAMP: NOW, TOKEN: `${REL}|${NOW + 3600}|game` }
    for (let copy = 0; copy < 3; copy++) {
      rel.sendRaw(habits.write('TICTACTOE_INVITE', invite))
      lan.step(2_000)
    }
    expect(rel.screen).toEqual(['game over: FORFEIT'])
    expect(rel.errors).toEqual([])
    expect(ada.messages('ACK')).toHaveLength(habits.dialect === 'seed' ? 0 : 3)
  })
})
