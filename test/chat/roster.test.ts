import { beforeEach, describe, expect, test } from 'vitest'
import { Roster, type RosterChange } from '../../src/chat/roster.ts'
import { peerId, type Peer } from '../../src/chat/model.ts'

const alice: Peer = { ip: '10.0.0.1', port: 8000, name: 'alice' }
const bob: Peer = { ip: '10.0.0.2', port: 8000, name: 'bob' }
const carol: Peer = { ip: 'fd00::3', port: 8000, name: 'Carol' }

let changes: string[]
let roster: Roster

function told(change: RosterChange): string {
  switch (change.kind) {
    case 'joined':
      return `${change.peer.name} joined ${change.channel}`
    case 'parted':
      return `${change.peer.name} parted ${change.channel}: ${change.reason}`
    case 'renamed':
      return `${change.before} is now ${change.peer.name}`
  }
}

function names(channel = 'general'): string[] {
  return roster.members(channel).map(({ name }) => name)
}

/** What the roster told since the last call. */
function news(): string[] {
  return changes.splice(0)
}

beforeEach(() => {
  changes = []
  roster = new Roster((change) => changes.push(told(change)))
})

describe('hear', () => {
  test('somebody joins once, however often it is said, by whomever', () => {
    roster.hear('tracker', alice, 'general', 100)
    roster.hear('tracker', alice, 'general', 200)
    roster.hear('direct', alice, 'general', 300)
    expect(news()).toEqual(['alice joined general'])
    expect(roster.peers).toEqual([alice])
  })

  test('channels are joined one by one', () => {
    roster.hear('tracker', alice, 'general', 100)
    roster.hear('tracker', alice, 'ops', 100)
    expect(news()).toEqual(['alice joined general', 'alice joined ops'])
    expect(names('general')).toEqual(['alice'])
    expect(names('ops')).toEqual(['alice'])
    expect(names('nowhere')).toEqual([])
  })

  test('another name at the same address is a new name, told once, before what follows', () => {
    roster.hear('tracker', alice, 'general', 100)
    roster.hear('direct', { ...alice, name: 'alicia' }, 'ops', 100)
    expect(news()).toEqual(['alice joined general', 'alice is now alicia', 'alicia joined ops'])
    expect(names()).toEqual(['alicia'])
    expect(roster.get(peerId(alice))?.name).toBe('alicia')
  })

  test('the same name at another port is another peer', () => {
    roster.hear('tracker', alice, 'general', 100)
    roster.hear('tracker', { ...alice, port: 8001 }, 'general', 100)
    expect(names()).toEqual(['alice', 'alice'])
  })
})

describe('leases', () => {
  test('a lease ends exactly when it ends', () => {
    roster.hear('tracker', alice, 'general', 100)
    roster.sweep(99)
    expect(names()).toEqual(['alice'])
    roster.sweep(100)
    expect(names()).toEqual([])
    expect(news()).toEqual(['alice joined general', 'alice parted general: not heard of any more'])
    expect(roster.peers).toEqual([])
  })

  test('a peer is there as long as one source vouches for it', () => {
    roster.hear('tracker', alice, 'general', 100)
    roster.hear('direct', alice, 'general', 300)
    roster.sweep(200)
    expect(names()).toEqual(['alice'])
    roster.sweep(300)
    expect(names()).toEqual([])
  })

  test('a static peer stays', () => {
    roster.hear('static', alice, 'general', Infinity)
    roster.sweep(Number.MAX_SAFE_INTEGER)
    expect(names()).toEqual(['alice'])
  })

  test('each channel has its own', () => {
    roster.hear('tracker', alice, 'general', 100)
    roster.hear('tracker', alice, 'ops', 200)
    roster.sweep(150)
    expect(names('general')).toEqual([])
    expect(names('ops')).toEqual(['alice'])
    expect(roster.peers).toEqual([alice])
  })

  test('a sweep that drops several tells of each', () => {
    roster.hear('tracker', alice, 'general', 100)
    roster.hear('tracker', bob, 'general', 100)
    roster.hear('tracker', carol, 'general', 101)
    news()
    roster.sweep(100)
    expect(news()).toHaveLength(2)
    expect(names()).toEqual(['Carol'])
  })

  test('limit() ends what one source said, unless it says it again', () => {
    roster.hear('tracker', alice, 'general', 1000)
    roster.hear('tracker', bob, 'general', 1000)
    roster.hear('direct', carol, 'general', 1000)
    roster.limit('tracker', 50)
    roster.hear('tracker', bob, 'general', 1000)
    roster.sweep(50)
    expect(names()).toEqual(['bob', 'Carol'])
  })
})

describe('part and remove', () => {
  test('who parts is gone, whatever other sources said earlier', () => {
    roster.hear('tracker', alice, 'general', 100)
    roster.hear('direct', alice, 'general', Infinity)
    news()
    roster.part(peerId(alice), 'general', 'left')
    expect(news()).toEqual(['alice parted general: left'])
    expect(roster.peers).toEqual([])
  })

  test('who parts one channel stays in the others', () => {
    roster.hear('tracker', alice, 'general', 100)
    roster.hear('tracker', alice, 'ops', 100)
    roster.part(peerId(alice), 'general', 'left')
    expect(names('general')).toEqual([])
    expect(names('ops')).toEqual(['alice'])
  })

  test('nobody hears of who was not there', () => {
    roster.part(peerId(alice), 'general', 'left')
    roster.remove(peerId(alice), 'left')
    roster.hear('tracker', alice, 'general', 100)
    news()
    roster.part(peerId(alice), 'ops', 'left')
    expect(news()).toEqual([])
  })

  test('remove() parts every channel', () => {
    roster.hear('tracker', alice, 'general', 100)
    roster.hear('direct', alice, 'ops', 100)
    news()
    roster.remove(peerId(alice), 'quit')
    expect(news()).toEqual(['alice parted general: quit', 'alice parted ops: quit'])
    expect(roster.get(peerId(alice))).toBeUndefined()
  })

  test('who parted may join again', () => {
    roster.hear('tracker', alice, 'general', 100)
    roster.part(peerId(alice), 'general', 'left')
    roster.hear('tracker', alice, 'general', 100)
    expect(news()).toEqual(['alice joined general', 'alice parted general: left', 'alice joined general'])
  })
})

describe('replace', () => {
  test('those that are named join, those that are not go when the grace is over', () => {
    roster.hear('tracker', alice, 'general', 1000)
    roster.hear('tracker', bob, 'general', 1000)
    news()
    roster.replace('tracker', 'general', [bob, carol], 2000, 500)
    expect(news()).toEqual(['Carol joined general'])
    roster.sweep(499)
    expect(names()).toEqual(['alice', 'bob', 'Carol'])
    roster.sweep(500)
    expect(news()).toEqual(['alice parted general: not heard of any more'])
    roster.sweep(1999)
    expect(names()).toEqual(['bob', 'Carol'])
  })

  test('who is named again within the grace stays', () => {
    roster.hear('tracker', alice, 'general', 1000)
    roster.replace('tracker', 'general', [], 1000, 500)
    roster.replace('tracker', 'general', [alice], 1200, 700)
    roster.sweep(1199)
    expect(names()).toEqual(['alice'])
  })

  test('the grace does not begin anew with each list', () => {
    roster.hear('tracker', alice, 'general', 1000)
    for (let now = 0; now <= 600; now += 100) roster.replace('tracker', 'general', [], now + 1000, now + 500)
    roster.sweep(500)
    expect(names()).toEqual([])
  })

  test('the grace is no gift to a lease that ends sooner', () => {
    roster.hear('tracker', alice, 'general', 100)
    roster.replace('tracker', 'general', [], 1000, 500)
    roster.sweep(100)
    expect(names()).toEqual([])
  })

  test('what other sources say is none of its business', () => {
    roster.hear('direct', alice, 'general', 1000)
    roster.replace('tracker', 'general', [], 1000, 0)
    roster.sweep(0)
    expect(names()).toEqual(['alice'])
  })

  test('nor are other channels', () => {
    roster.hear('tracker', alice, 'ops', 1000)
    roster.replace('tracker', 'general', [], 1000, 0)
    roster.sweep(0)
    expect(names('ops')).toEqual(['alice'])
  })

  test('a new name comes with the list', () => {
    roster.hear('tracker', alice, 'general', 100)
    news()
    roster.replace('tracker', 'general', [{ ...alice, name: 'alicia' }], 1000, 500)
    expect(news()).toEqual(['alice is now alicia'])
  })
})

describe('forgetChannel', () => {
  test('silently drops its members, not those of other channels', () => {
    roster.hear('tracker', alice, 'general', 100)
    roster.hear('tracker', alice, 'ops', 100)
    roster.hear('tracker', bob, 'ops', 100)
    news()
    roster.forgetChannel('ops')
    expect(news()).toEqual([])
    expect(roster.peers).toEqual([alice])
    expect(names('ops')).toEqual([])
  })
})

describe('find', () => {
  const upper: Peer = { ip: '10.0.0.9', port: 8000, name: 'ALICE' }

  test.each<[string, Peer[], string, Peer[]]>([
    ['by name', [alice, bob], 'alice', [alice]],
    ['without regard to case', [alice, bob], 'Alice', [alice]],
    ['the exact name before others', [upper, alice], 'alice', [alice]],
    ['all that differ in case only', [upper, alice], 'aLiCe', [upper, alice]],
    ['all of one name', [alice, { ...bob, name: 'alice' }], 'alice', [alice, { ...bob, name: 'alice' }]],
    ['by address', [alice, bob], '10.0.0.2:8000', [bob]],
    ['by IPv6 address', [alice, carol], '[fd00::3]:8000', [carol]],
    ['nobody', [alice, bob], 'dave', []],
    ['nobody by half a name', [alice, bob], 'ali', []],
  ])('%s', (_name, peers, wanted, found) => {
    for (const peer of peers) roster.hear('tracker', peer, 'general', 100)
    expect(roster.find(wanted)).toEqual(found)
  })
})
