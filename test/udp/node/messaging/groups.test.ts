/** Groups of other users: created, changed, talked in, and how many there may be. */
import { beforeEach, describe, expect, test } from 'vitest'
import {
  NOW,
  ADA,
  MAI,
  EVE,
  FROM_MAI,
  FROM_EVE,
  ID,
  startLan,
  addForeign,
  token,
  attempt,
  groupCreated,
  groupUpdated,
  groupMessage,
  groupAdded,
  groupRemoved,
} from './messaging-lan.ts'
import { type SimulatedLan, type Station } from '../../simulated-lan.ts'
import type { LanNode } from '../../../../src/udp/node/node.ts'

let lan: SimulatedLan
let ada: Station<LanNode>

beforeEach(() => {
  ;({ lan, ada } = startLan())
})

const LAB = { id: 'lab', name: 'Lab', owner: MAI }

test('a group with our user is shown, and so are its messages', () => {
  lan.inject(groupCreated(), FROM_MAI, ada)
  lan.inject(groupMessage(), FROM_MAI, ada)
  expect(ada.eventsOf('group')).toEqual([
    { kind: 'group', group: { ...LAB, members: [MAI, ADA] }, change: 'created' },
  ])
  expect(ada.eventsOf('group-message')).toMatchObject([
    { text: 'slides are up', group: { id: 'lab' }, from: { userId: MAI } },
  ])
})

test('a second GROUP_CREATE makes an event only if the members differ', () => {
  for (let time = 0; time < 2; time++) lan.inject(groupCreated(), FROM_MAI, ada)
  lan.inject(groupCreated({ MEMBERS: `${ADA},${EVE}` }), FROM_MAI, ada)
  expect(ada.eventsOf('group').map(({ change, group }) => [change, group.members])).toEqual([
    ['created', [MAI, ADA]],
    ['updated', [MAI, ADA, EVE]],
  ])
})

test.each<[string, () => void]>([
  [
    'a group without our user',
    () => {
      lan.inject(groupCreated({ MEMBERS: `${MAI},${EVE}` }), FROM_MAI, ada)
    },
  ],
  [
    'an existing group, created again by another user',
    () => {
      lan.inject(groupCreated(), FROM_MAI, ada)
      ada.events.length = 0
      lan.inject(groupCreated({ FROM: EVE, MEMBERS: ADA, TOKEN: token('group', EVE) }), FROM_EVE, ada)
    },
  ],
  [
    'an update by a member',
    () => {
      lan.inject(groupCreated({ MEMBERS: `${ADA},${EVE}` }), FROM_MAI, ada)
      ada.events.length = 0
      lan.inject(groupUpdated({ FROM: EVE, REMOVE: ADA, TOKEN: token('group', EVE) }), FROM_EVE, ada)
    },
  ],
  [
    'an update by the owner, from the address of another user',
    () => {
      lan.inject(groupCreated(), FROM_MAI, ada)
      ada.events.length = 0
      lan.inject(groupUpdated({ REMOVE: ADA }), FROM_EVE, ada)
    },
  ],
  [
    'an update of an unknown group',
    () => {
      lan.inject(groupUpdated({ ADD: ADA }), FROM_MAI, ada)
    },
  ],
  [
    'an update that changes nothing',
    () => {
      lan.inject(groupCreated(), FROM_MAI, ada)
      ada.events.length = 0
      lan.inject(groupUpdated({ ADD: MAI, REMOVE: EVE }), FROM_MAI, ada)
    },
  ],
  [
    'a message of a user who is no member',
    () => {
      lan.inject(groupCreated(), FROM_MAI, ada)
      ada.events.length = 0
      lan.inject(groupMessage({ FROM: EVE, TOKEN: token('group', EVE) }), FROM_EVE, ada)
    },
  ],
  [
    'a message of a member, from the address of another user',
    () => {
      lan.inject(groupCreated(), FROM_MAI, ada)
      ada.events.length = 0
      lan.inject(groupMessage(), FROM_EVE, ada)
    },
  ],
  [
    'a message in a group whose id differs in case',
    () => {
      lan.inject(groupCreated(), FROM_MAI, ada)
      ada.events.length = 0
      lan.inject(groupMessage({ GROUP_ID: 'LAB' }), FROM_MAI, ada)
    },
  ],
])('%s has no effect', (_name, act) => {
  addForeign(lan, EVE)
  act()
  expect([...ada.eventsOf('group'), ...ada.eventsOf('group-message')]).toEqual([])
})

test('its owner adds and removes members; the group ends for us when our user is removed', () => {
  lan.inject(groupCreated(), FROM_MAI, ada)
  lan.inject(groupUpdated({ ADD: EVE }), FROM_MAI, ada)
  lan.inject(groupUpdated({ REMOVE: ADA }), FROM_MAI, ada)
  lan.inject(groupMessage(), FROM_MAI, ada)
  expect(ada.eventsOf('group').map(({ change, group }) => [change, group.members])).toEqual([
    ['created', [MAI, ADA]],
    ['updated', [MAI, ADA, EVE]],
    ['removed', [MAI, EVE]],
  ])
  expect(ada.eventsOf('group-message')).toEqual([])
})

test('a message that others pass on is shown once; the same text of another second is shown again', () => {
  lan.inject(groupCreated(), FROM_MAI, ada)
  for (const MESSAGE_ID of ['a', 'b', 'c']) lan.inject(groupMessage({ MESSAGE_ID }), FROM_MAI, ada)
  lan.inject(groupMessage({ TIMESTAMP: NOW + 1 }), FROM_MAI, ada)
  expect(ada.eventsOf('group-message')).toHaveLength(2)
})

test('the same text in the same second in two groups is shown in both', () => {
  lan.inject(groupCreated(), FROM_MAI, ada)
  lan.inject(groupCreated({ GROUP_ID: 'lab2' }), FROM_MAI, ada)
  lan.inject(groupMessage(), FROM_MAI, ada)
  lan.inject(groupMessage({ GROUP_ID: 'lab2' }), FROM_MAI, ada)
  expect(ada.eventsOf('group-message').map(({ group }) => group.id)).toEqual(['lab', 'lab2'])
})

describe('type GROUP_ADD, which names all members', () => {
  test('creates the group for a new member', () => {
    lan.inject(groupAdded(), FROM_MAI, ada)
    expect(ada.eventsOf('group')).toEqual([
      { kind: 'group', group: { ...LAB, members: [MAI, EVE, ADA] }, change: 'created' },
    ])
  })

  test('adds another member to a known group; GROUP_REMOVE removes our user', () => {
    lan.inject(groupCreated(), FROM_MAI, ada)
    lan.inject(groupAdded({ ADD: EVE, MEMBERS: `${ADA},${EVE}` }), FROM_MAI, ada)
    lan.inject(groupRemoved({ REMOVE: ADA }), FROM_MAI, ada)
    expect(ada.eventsOf('group').map(({ change, group }) => [change, group.members])).toEqual([
      ['created', [MAI, ADA]],
      ['updated', [MAI, ADA, EVE]],
      ['removed', [MAI, EVE]],
    ])
  })

  test.each([
    ['does not add us', { ADD: EVE }],
    ['has a token for something else', { TOKEN: token('chat') }],
    ['has no members', { MEMBERS: '', ADD: EVE }],
  ])('has no effect if it %s', (_name, more) => {
    lan.inject(groupAdded(more), FROM_MAI, ada)
    expect(ada.eventsOf('group')).toEqual([])
  })
})

describe('groups that one host creates without end', () => {
  function make(count: number, first = 0): void {
    for (let n = first; n < first + count; n++) {
      const fields = { GROUP_ID: `g${n}`, FROM: EVE, MEMBERS: `${EVE},${ADA}`, TOKEN: token('group', EVE) }
      lan.inject(groupCreated(fields), FROM_EVE, ada)
      lan.step(100)
    }
  }

  test('are limited to 16, with room for those of others and for ours', () => {
    make(64)
    expect(ada.eventsOf('group')).toHaveLength(16)
    lan.inject(groupCreated(), FROM_MAI, ada)
    expect(ada.eventsOf('group').at(-1)).toMatchObject({ change: 'created', group: { id: 'lab' } })
    expect(attempt(lan, ada, { kind: 'group-create', id: 'ours', name: 'Ours', members: [MAI] })).toBe('done')
  })

  test('are counted together, whatever the names of the users', () => {
    for (let n = 0; n < 40; n++) {
      const user = `eve${n % 4}@10.77.0.13`
      const fields = {
        GROUP_ID: `g${n}`,
        FROM: user,
        MEMBERS: `${user},${ADA}`,
        TOKEN: token('group', user),
      }
      lan.inject(groupCreated(fields), FROM_EVE, ada)
      lan.step(100)
    }
    expect(ada.eventsOf('group')).toHaveLength(16)
  })

  test('are replaced after their owner has left, if our user has not written in them', () => {
    make(16)
    lan.command(ada, { kind: 'group-message', id: ID, group: 'g0', text: 'hello' })
    lan.step(400_000)
    expect(ada.program.peers.map(({ userId }) => userId)).not.toContain(EVE)
    const other = 'eva@10.77.0.13'
    const fields = { GROUP_ID: 'new', FROM: other, MEMBERS: `${other},${ADA}` }
    const expiry = NOW + 9_999
    lan.inject(groupCreated({ ...fields, TOKEN: token('group', other, expiry) }), FROM_EVE, ada)
    expect(ada.eventsOf('group').slice(16)).toMatchObject([
      { change: 'removed', group: { id: 'g1' } },
      { change: 'created', group: { id: 'new' } },
    ])
  })
})

test('there is room for 64 groups', () => {
  for (let group = 0; group < 64; group++)
    expect(attempt(lan, ada, { kind: 'group-create', id: `g${group}`, name: 'G', members: [MAI] })).toBe(
      'done',
    )
  expect(attempt(lan, ada, { kind: 'group-create', id: 'g64', name: 'G', members: [MAI] })).toBe(
    '429 there is room for 64 groups',
  )
  lan.step(5_000)
  lan.inject(groupCreated(), FROM_MAI, ada)
  expect(ada.eventsOf('group')).toHaveLength(64)
})
