/** Groups of LSNP: those that others put us into, and ours. */
import { beforeEach, describe, expect, test } from 'vitest'
import { ChatError } from '../../../../src/chat/errors.ts'
import { SimulatedLan, START, type Station } from '../../simulated-lan.ts'
import { rfc, RfcStandIn, seed } from '../../stand-ins.ts'
import type { LanNode } from '../../../../src/udp/node/node.ts'
import type { LanCommand, LanEvent } from '../../../../src/udp/node/model.ts'

const NOW = START / 1000
const US = 'ada@10.77.0.1'
const MAI = 'mai@10.77.0.11'
const EVE = 'eve@10.77.0.13'
const FROM_MAI = { host: '10.77.0.11', port: 50_999 }
const FROM_EVE = { host: '10.77.0.13', port: 50_999 }
const ID = '0123456789abcdef'

let lan: SimulatedLan
let ada: Station<LanNode>
let mai: Station<RfcStandIn>

beforeEach(() => {
  lan = new SimulatedLan()
  ada = lan.node('ada', '10.77.0.1')
  mai = add(MAI)
})

/** Another program that has been seen. */
function add(userId: string): Station<RfcStandIn> {
  const program = new RfcStandIn(userId)
  const station = lan.add(program, userId.slice(userId.indexOf('@') + 1))
  program.sendEverybody(program.profile())
  lan.step(0)
  return station
}

function token(scope: string, user = MAI, expiry = NOW + 3600): string {
  return `${user}|${expiry}|${scope}`
}

function refusal(command: LanCommand): string {
  try {
    lan.command(ada, command)
  } catch (error) {
    if (error instanceof ChatError) return `${error.status} ${error.message}`
    throw error
  }
  return 'done'
}

function told<Kind extends LanEvent['kind']>(kind: Kind): Extract<LanEvent, { kind: Kind }>[] {
  return ada.eventsOf(kind)
}

describe('groups', () => {
  const FIELDS = { FROM: MAI, GROUP_ID: 'lab', TIMESTAMP: NOW, TOKEN: token('group') }

  function created(more: Readonly<Record<string, string | number>> = {}): string {
    return rfc('GROUP_CREATE', { ...FIELDS, GROUP_NAME: 'Lab', MEMBERS: `${MAI},${US}`, ...more })
  }

  function message(more: Readonly<Record<string, string | number>> = {}): string {
    return rfc('GROUP_MESSAGE', { ...FIELDS, CONTENT: 'slides are up', ...more })
  }

  function updated(more: Readonly<Record<string, string>>): string {
    return rfc('GROUP_UPDATE', { ...FIELDS, ...more })
  }

  const LAB = { id: 'lab', name: 'Lab', owner: MAI }

  test('one that we are put into, and what is said there', () => {
    lan.inject(created(), FROM_MAI, ada)
    lan.inject(message(), FROM_MAI, ada)
    expect(told('group')).toEqual([
      { kind: 'group', group: { ...LAB, members: [MAI, US] }, change: 'created' },
    ])
    expect(told('group-message')).toMatchObject([
      { text: 'slides are up', group: { id: 'lab' }, from: { userId: MAI } },
    ])
  })

  test('told twice is told once; with other members it is news', () => {
    for (let time = 0; time < 2; time++) lan.inject(created(), FROM_MAI, ada)
    lan.inject(created({ MEMBERS: `${US},${EVE}` }), FROM_MAI, ada)
    expect(told('group').map(({ change, group }) => [change, group.members])).toEqual([
      ['created', [MAI, US]],
      ['updated', [MAI, US, EVE]],
    ])
  })

  test.each<[string, () => void]>([
    [
      'a group without us',
      () => {
        lan.inject(created({ MEMBERS: `${MAI},${EVE}` }), FROM_MAI, ada)
      },
    ],
    [
      'a group that exists, by somebody else',
      () => {
        lan.inject(created(), FROM_MAI, ada)
        ada.events.length = 0
        lan.inject(created({ FROM: EVE, MEMBERS: US, TOKEN: token('group', EVE) }), FROM_EVE, ada)
      },
    ],
    [
      'an update by a member',
      () => {
        lan.inject(created({ MEMBERS: `${US},${EVE}` }), FROM_MAI, ada)
        ada.events.length = 0
        lan.inject(updated({ FROM: EVE, REMOVE: US, TOKEN: token('group', EVE) }), FROM_EVE, ada)
      },
    ],
    [
      'an update by the maker, from the address of somebody else',
      () => {
        lan.inject(created(), FROM_MAI, ada)
        ada.events.length = 0
        lan.inject(updated({ REMOVE: US }), FROM_EVE, ada)
      },
    ],
    [
      'an update of a group that nobody knows',
      () => {
        lan.inject(updated({ ADD: US }), FROM_MAI, ada)
      },
    ],
    [
      'an update that changes nothing',
      () => {
        lan.inject(created(), FROM_MAI, ada)
        ada.events.length = 0
        lan.inject(updated({ ADD: MAI, REMOVE: EVE }), FROM_MAI, ada)
      },
    ],
    [
      'a message of somebody who is no member',
      () => {
        lan.inject(created(), FROM_MAI, ada)
        ada.events.length = 0
        lan.inject(message({ FROM: EVE, TOKEN: token('group', EVE) }), FROM_EVE, ada)
      },
    ],
    [
      'a message of a member, from the address of somebody else',
      () => {
        lan.inject(created(), FROM_MAI, ada)
        ada.events.length = 0
        lan.inject(message(), FROM_EVE, ada)
      },
    ],
    [
      'a message in a group that differs in case',
      () => {
        lan.inject(created(), FROM_MAI, ada)
        ada.events.length = 0
        lan.inject(message({ GROUP_ID: 'LAB' }), FROM_MAI, ada)
      },
    ],
  ])('nothing comes of %s', (_name, happens) => {
    add(EVE)
    happens()
    expect([...told('group'), ...told('group-message')]).toEqual([])
  })

  test('its maker adds and removes; when we are removed, it is over', () => {
    lan.inject(created(), FROM_MAI, ada)
    lan.inject(updated({ ADD: EVE }), FROM_MAI, ada)
    lan.inject(updated({ REMOVE: US }), FROM_MAI, ada)
    lan.inject(message(), FROM_MAI, ada)
    expect(told('group').map(({ change, group }) => [change, group.members])).toEqual([
      ['created', [MAI, US]],
      ['updated', [MAI, US, EVE]],
      ['removed', [MAI, EVE]],
    ])
    expect(told('group-message')).toEqual([])
  })

  test('a message that is passed on again and again is shown once, one of another second again', () => {
    lan.inject(created(), FROM_MAI, ada)
    for (const MESSAGE_ID of ['a', 'b', 'c']) lan.inject(message({ MESSAGE_ID }), FROM_MAI, ada)
    lan.inject(message({ TIMESTAMP: NOW + 1 }), FROM_MAI, ada)
    expect(told('group-message')).toHaveLength(2)
  })

  test('the same text in the same second in two groups is shown in both', () => {
    lan.inject(created(), FROM_MAI, ada)
    lan.inject(created({ GROUP_ID: 'lab2' }), FROM_MAI, ada)
    lan.inject(message(), FROM_MAI, ada)
    lan.inject(message({ GROUP_ID: 'lab2' }), FROM_MAI, ada)
    expect(told('group-message').map(({ group }) => group.id)).toEqual(['lab', 'lab2'])
  })

  test('ours: made, told, changed, talked in', () => {
    const eve = add(EVE)
    lan.command(ada, { kind: 'group-create', id: 'ours', name: 'Our group', members: [MAI, US] })
    lan.command(ada, { kind: 'group-message', id: ID, group: 'ours', text: 'first' })
    expect(eve.program.of('GROUP_CREATE')).toEqual([])
    lan.command(ada, { kind: 'group-update', id: 'ours', add: [EVE], remove: [] })
    lan.command(ada, { kind: 'group-message', id: ID, group: 'ours', text: 'second' })
    lan.command(ada, { kind: 'group-update', id: 'ours', add: [], remove: [MAI] })
    lan.command(ada, { kind: 'group-message', id: ID, group: 'ours', text: 'third' })

    const said = ({ program }: Station<RfcStandIn>) =>
      program.of('GROUP_MESSAGE').map((lines) => lines.get('CONTENT'))
    expect(mai.program.of('GROUP_CREATE').map((lines) => lines.get('MEMBERS'))).toEqual([`${US},${MAI}`])
    expect(mai.program.of('GROUP_UPDATE')).toHaveLength(2)
    expect(said(mai)).toEqual(['first', 'second'])
    expect(eve.program.of('GROUP_CREATE').map((lines) => lines.get('MEMBERS'))).toEqual([
      `${US},${MAI},${EVE}`,
    ])
    expect(said(eve)).toEqual(['second', 'third'])
    expect([...mai.program.errors, ...eve.program.errors]).toEqual([])
    expect(told('group').map(({ change }) => change)).toEqual(['created', 'updated', 'updated'])
  })

  /** What went to Mai of one type, as it was written. */
  function written(type: string): string[] {
    const sent = ada.sent.filter((datagram) => datagram.type === type && datagram.to.host === '10.77.0.11')
    return sent.map(({ bytes }) => bytes.toString())
  }

  const OURS = { kind: 'group-create', id: 'ours', name: 'Our group', members: [MAI] } as const
  const OWN_TOKEN = `${US}|${NOW + 3600}|group`

  test.each<[string, readonly string[], readonly string[], string]>([
    ['adds', [EVE], [], `ADD: ${EVE}\nREMOVE: \n`],
    ['removes', [], [MAI], `ADD: \nREMOVE: ${MAI}\n`],
    ['adds and removes', [EVE], [MAI], `ADD: ${EVE}\nREMOVE: ${MAI}\n`],
  ])(
    'a change that %s has both lists and the name, and ends with what is not empty',
    (_name, add, remove, lists) => {
      lan.command(ada, OURS)
      lan.command(ada, { kind: 'group-update', id: 'ours', add, remove })
      expect(written('GROUP_UPDATE')).toEqual([
        `TYPE: GROUP_UPDATE\nFROM: ${US}\nGROUP_ID: ours\nGROUP_NAME: Our group\n${lists}TIMESTAMP: ${NOW}\nTOKEN: ${OWN_TOKEN}\n\n`,
      ])
    },
  )

  test('a text has the name of the group, itself in base64, and its id twice', () => {
    lan.command(ada, OURS)
    lan.command(ada, { kind: 'group-message', id: ID, group: 'ours', text: 'grüße\nan alle' })
    const base64 = Buffer.from('grüße an alle').toString('base64')
    expect(written('GROUP_MESSAGE')).toEqual([
      `TYPE: GROUP_MESSAGE\nFROM: ${US}\nGROUP_ID: ours\nGROUP_NAME: Our group\nCONTENT: grüße an alle\nMESSAGE: ${base64}\n` +
        `TIMESTAMP: ${NOW}\nMESSAGE_ID: ${ID}\nID: ${ID}\nTOKEN: ${OWN_TOKEN}\n\n`,
    ])
  })

  test('many texts at once to a program that never answered: without base64 before they are too much', () => {
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
    // What is told as sent was sent.
    expect(told('sent').filter(({ ok }) => ok)).toHaveLength(texts.length)
  })

  describe('a program that knows groups by name', () => {
    beforeEach(() => {
      lan.command(ada, OURS)
      lan.inject(seed('GROUP_CREATE_ACK', { GROUP_NAME: 'Our group', FROM: 'mai@10.77.0.1' }), FROM_MAI, ada)
    })

    test('is told each action by itself, with those whom it is about', () => {
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

    test('is heard in our group, of several with one name in the latest that it is in', () => {
      lan.inject(named('Our group', 'one'), FROM_MAI, ada)
      lan.command(ada, { ...OURS, id: 'ours 2' })
      lan.inject(named('Our group', 'two'), FROM_MAI, ada)
      lan.command(ada, { kind: 'group-update', id: 'ours 2', add: [], remove: [MAI] })
      lan.inject(named('Our group', 'three'), FROM_MAI, ada)
      lan.inject(named('our group', 'four'), FROM_MAI, ada)
      expect(told('group-message').map(({ group, text }) => [group.id, text])).toEqual([
        ['ours', 'one'],
        ['ours 2', 'two'],
        ['ours', 'three'],
      ])
    })

    test('does not change our group', () => {
      ada.events.length = 0
      const update = { FROM: MAI, GROUP_NAME: 'Our group', ACTION: 'REMOVE', MEMBERS: US }
      lan.inject(seed('GROUP_UPDATE', { ...update, TOKEN: token('group') }), FROM_MAI, ada)
      expect(told('group')).toEqual([])
      expect([...ada.program.dropped.keys()]).toContain(`the group ours belongs to ${US}`)
    })
  })

  describe('type GROUP_ADD, which names all members', () => {
    const added = (more: Readonly<Record<string, string>> = {}): string =>
      rfc('GROUP_ADD', { ...FIELDS, GROUP_NAME: 'Lab', ADD: US, MEMBERS: `${EVE},${US}`, ...more })

    test('tells a new member of the group', () => {
      lan.inject(added(), FROM_MAI, ada)
      expect(told('group')).toEqual([
        { kind: 'group', group: { ...LAB, members: [MAI, EVE, US] }, change: 'created' },
      ])
    })

    test('and of another new member; GROUP_REMOVE takes us out', () => {
      lan.inject(created(), FROM_MAI, ada)
      lan.inject(added({ ADD: EVE, MEMBERS: `${US},${EVE}` }), FROM_MAI, ada)
      lan.inject(rfc('GROUP_REMOVE', { ...FIELDS, REMOVE: US }), FROM_MAI, ada)
      expect(told('group').map(({ change, group }) => [change, group.members])).toEqual([
        ['created', [MAI, US]],
        ['updated', [MAI, US, EVE]],
        ['removed', [MAI, EVE]],
      ])
    })

    test.each([
      ['does not add us', { ADD: EVE }],
      ['has a token for something else', { TOKEN: token('chat') }],
      ['has no members', { MEMBERS: '', ADD: EVE }],
    ])('nothing comes of one that %s', (_name, more) => {
      lan.inject(added(more), FROM_MAI, ada)
      expect(told('group')).toEqual([])
    })
  })

  test('in ours somebody answers', () => {
    lan.command(ada, { kind: 'group-create', id: 'lab', name: 'Our group', members: [MAI] })
    lan.inject(message(), FROM_MAI, ada)
    expect(told('group-message')).toMatchObject([{ text: 'slides are up', group: { owner: US } }])
  })

  test('the fate of what is said in a group is told for each member', () => {
    lan.command(ada, { kind: 'group-create', id: 'ours', name: 'Our group', members: [MAI, EVE] })
    lan.command(ada, { kind: 'group-message', id: ID, group: 'ours', text: 'first' })
    expect(told('sent').map(({ to, ok, reason }) => [to, ok, reason])).toEqual([
      [MAI, true, ''],
      [EVE, false, 'it is not on this network'],
    ])
  })

  test.each<[string, LanCommand, string]>([
    [
      'without members',
      { kind: 'group-create', id: 'g', name: 'G', members: [] },
      '422 a group needs somebody who is on this network',
    ],
    [
      'of ourselves',
      { kind: 'group-create', id: 'g', name: 'G', members: [US] },
      '422 a group needs somebody who is on this network',
    ],
    [
      'of who is not here',
      { kind: 'group-create', id: 'g', name: 'G', members: [EVE] },
      '422 a group needs somebody who is on this network',
    ],
    [
      'without a name',
      { kind: 'group-create', id: 'g', name: ' ', members: [MAI] },
      '422 GROUP_NAME is missing',
    ],
    [
      'with a member who is nobody',
      { kind: 'group-create', id: 'g', name: 'G', members: [MAI, 'eve'] },
      '422 MEMBERS must not have the entry eve',
    ],
    [
      'that exists',
      { kind: 'group-create', id: 'ours', name: 'G', members: [MAI] },
      '409 there is a group ours already',
    ],
    [
      'an update of none',
      { kind: 'group-update', id: 'g', add: [MAI], remove: [] },
      '404 you are in no group g',
    ],
    [
      'an update of nothing',
      { kind: 'group-update', id: 'ours', add: [], remove: [] },
      '422 ADD or REMOVE is missing',
    ],
    [
      'an update of another',
      { kind: 'group-update', id: 'lab', add: [EVE], remove: [] },
      `403 only ${MAI} may change who is in Lab`,
    ],
    [
      'a message in none',
      { kind: 'group-message', id: ID, group: 'g', text: 'x' },
      '404 you are in no group g',
    ],
    [
      'a message without text',
      { kind: 'group-message', id: ID, group: 'ours', text: ' ' },
      '422 CONTENT is missing',
    ],
  ])('is refused, and nothing is done: a group %s', (_name, command, expected) => {
    lan.inject(created(), FROM_MAI, ada)
    lan.command(ada, { kind: 'group-create', id: 'ours', name: 'Ours', members: [MAI] })
    const before = [ada.sent.length, ada.events.length]
    expect(refusal(command)).toBe(expected)
    lan.step(0)
    expect([ada.sent.length, ada.events.length]).toEqual(before)
  })

  describe('of a stranger that makes as many as it can', () => {
    function make(count: number, first = 0): void {
      for (let n = first; n < first + count; n++) {
        const fields = { GROUP_ID: `g${n}`, FROM: EVE, MEMBERS: `${EVE},${US}`, TOKEN: token('group', EVE) }
        lan.inject(created(fields), FROM_EVE, ada)
        lan.step(100)
      }
    }

    test('16 are kept, and there is room for those of others and for ours', () => {
      make(64)
      expect(told('group')).toHaveLength(16)
      lan.inject(created(), FROM_MAI, ada)
      expect(told('group').at(-1)).toMatchObject({ change: 'created', group: { id: 'lab' } })
      expect(refusal({ kind: 'group-create', id: 'ours', name: 'Ours', members: [MAI] })).toBe('done')
    })

    test('under many names: they are counted together', () => {
      for (let n = 0; n < 40; n++) {
        const user = `eve${n % 4}@10.77.0.13`
        const fields = {
          GROUP_ID: `g${n}`,
          FROM: user,
          MEMBERS: `${user},${US}`,
          TOKEN: token('group', user),
        }
        lan.inject(created(fields), FROM_EVE, ada)
        lan.step(100)
      }
      expect(told('group')).toHaveLength(16)
    })

    test('those in which we have not written make room when it has left', () => {
      make(16)
      lan.command(ada, { kind: 'group-message', id: ID, group: 'g0', text: 'hello' })
      lan.step(400_000)
      expect(ada.program.peers.map(({ userId }) => userId)).not.toContain(EVE)
      const other = 'eva@10.77.0.13'
      const fields = { GROUP_ID: 'new', FROM: other, MEMBERS: `${other},${US}` }
      const expiry = NOW + 9_999
      lan.inject(created({ ...fields, TOKEN: token('group', other, expiry) }), FROM_EVE, ada)
      expect(told('group').slice(16)).toMatchObject([
        { change: 'removed', group: { id: 'g1' } },
        { change: 'created', group: { id: 'new' } },
      ])
    })
  })

  test('64 of them, and no more', () => {
    for (let group = 0; group < 64; group++)
      expect(refusal({ kind: 'group-create', id: `g${group}`, name: 'G', members: [MAI] })).toBe('done')
    expect(refusal({ kind: 'group-create', id: 'g64', name: 'G', members: [MAI] })).toBe(
      '429 there is room for 64 groups',
    )
    lan.step(5_000)
    lan.inject(created(), FROM_MAI, ada)
    expect(told('group')).toHaveLength(64)
  })
})
