import { beforeEach, describe, expect, test } from 'vitest'
import { Presence, type RosterChange, type Source } from '../../src/chat/presence.ts'
import { addressKey, type Peer } from '../../src/chat/model.ts'

const alice: Peer = { ip: '10.0.0.1', port: 8000, name: 'alice' }
const bob: Peer = { ip: '10.0.0.2', port: 8000, name: 'bob' }
const carol: Peer = { ip: 'fd00::3', port: 8000, name: 'Carol' }

let changes: string[]
let roster: Presence

function told(change: RosterChange): string {
  switch (change.kind) {
    case 'joined':
      return `${change.peer.name} joined ${change.channel}`
    case 'parted':
      return `${change.peer.name} parted ${change.channel}: ${change.reason}`
    case 'renamed':
      return `${change.before} is now ${change.peer.name}`
    case 'became':
      return `${change.old} is ${change.peer.name}`
    case 'met':
      return `${change.peer.name} met`
  }
}

function names(channel = 'general'): string[] {
  return roster.members(channel).map(({ name }) => name)
}

/** The change events since the last call. */
function news(): string[] {
  return changes.splice(0)
}

beforeEach(() => {
  changes = []
  roster = new Presence((change) => changes.push(told(change)))
})

describe('add', () => {
  test('a peer joins once, however many sources say so, and however often', () => {
    roster.add('tracker', alice, 'general', 100)
    roster.add('tracker', alice, 'general', 200)
    roster.add('direct', alice, 'general', 300)
    expect(news()).toEqual(['alice joined general'])
    expect(roster.peers).toEqual([alice])
  })

  test('each channel is a join of its own', () => {
    roster.add('tracker', alice, 'general', 100)
    roster.add('tracker', alice, 'ops', 100)
    expect(news()).toEqual(['alice joined general', 'alice joined ops'])
    expect(names('general')).toEqual(['alice'])
    expect(names('ops')).toEqual(['alice'])
    expect(names('nowhere')).toEqual([])
  })

  test('another name at the same address is one rename event, before the events that follow', () => {
    roster.add('tracker', alice, 'general', 100)
    roster.add('direct', { ...alice, name: 'alicia' }, 'ops', 100)
    expect(news()).toEqual(['alice joined general', 'alice is now alicia', 'alicia joined ops'])
    expect(names()).toEqual(['alicia'])
    expect(roster.get(addressKey(alice))?.name).toBe('alicia')
  })

  test('the same name at another port is another peer', () => {
    roster.add('tracker', alice, 'general', 100)
    roster.add('tracker', { ...alice, port: 8001 }, 'general', 100)
    expect(names()).toEqual(['alice', 'alice'])
  })
})

describe('leases', () => {
  test('a lease ends exactly at its end', () => {
    roster.add('tracker', alice, 'general', 100)
    roster.sweep(99)
    expect(names()).toEqual(['alice'])
    roster.sweep(100)
    expect(names()).toEqual([])
    expect(news()).toEqual(['alice joined general', 'alice parted general: no longer seen'])
    expect(roster.peers).toEqual([])
  })

  test('a peer is online as long as one source vouches for it', () => {
    roster.add('tracker', alice, 'general', 100)
    roster.add('direct', alice, 'general', 300)
    roster.sweep(200)
    expect(names()).toEqual(['alice'])
    roster.sweep(300)
    expect(names()).toEqual([])
  })

  test('a peer given by hand stays', () => {
    roster.add('static', alice, 'general', Infinity)
    roster.sweep(Number.MAX_SAFE_INTEGER)
    expect(names()).toEqual(['alice'])
  })

  test('each channel has its own lease', () => {
    roster.add('tracker', alice, 'general', 100)
    roster.add('tracker', alice, 'ops', 200)
    roster.sweep(150)
    expect(names('general')).toEqual([])
    expect(names('ops')).toEqual(['alice'])
    expect(roster.peers).toEqual([alice])
  })

  test('a sweep that removes several peers has an event for each', () => {
    roster.add('tracker', alice, 'general', 100)
    roster.add('tracker', bob, 'general', 100)
    roster.add('tracker', carol, 'general', 101)
    news()
    roster.sweep(100)
    expect(news()).toHaveLength(2)
    expect(names()).toEqual(['Carol'])
  })

  test('capLeases() ends the leases of one source, unless they are renewed', () => {
    roster.add('tracker', alice, 'general', 1000)
    roster.add('tracker', bob, 'general', 1000)
    roster.add('direct', carol, 'general', 1000)
    roster.capLeases('tracker', 50)
    roster.add('tracker', bob, 'general', 1000)
    roster.sweep(50)
    expect(names()).toEqual(['bob', 'Carol'])
  })
})

describe('part and remove', () => {
  test('a peer that parts leaves the channel, whatever other sources say', () => {
    roster.add('tracker', alice, 'general', 100)
    roster.add('direct', alice, 'general', Infinity)
    news()
    roster.part(addressKey(alice), 'general', 'left')
    expect(news()).toEqual(['alice parted general: left'])
    expect(roster.peers).toEqual([])
  })

  test('a peer that parts one channel stays in the others', () => {
    roster.add('tracker', alice, 'general', 100)
    roster.add('tracker', alice, 'ops', 100)
    roster.part(addressKey(alice), 'general', 'left')
    expect(names('general')).toEqual([])
    expect(names('ops')).toEqual(['alice'])
  })

  test('a peer that was not there parts without an event', () => {
    roster.part(addressKey(alice), 'general', 'left')
    roster.removePeer(addressKey(alice), 'left')
    roster.add('tracker', alice, 'general', 100)
    news()
    roster.part(addressKey(alice), 'ops', 'left')
    expect(news()).toEqual([])
  })

  test('removePeer() parts every channel', () => {
    roster.add('tracker', alice, 'general', 100)
    roster.add('direct', alice, 'ops', 100)
    news()
    roster.removePeer(addressKey(alice), 'quit')
    expect(news()).toEqual(['alice parted general: quit', 'alice parted ops: quit'])
    expect(roster.get(addressKey(alice))).toBeUndefined()
  })

  test('a peer that parted may join again', () => {
    roster.add('tracker', alice, 'general', 100)
    roster.part(addressKey(alice), 'general', 'left')
    roster.add('tracker', alice, 'general', 100)
    expect(news()).toEqual(['alice joined general', 'alice parted general: left', 'alice joined general'])
  })
})

/** As discovery takes the list of a source. */
function replace(
  source: Source,
  channel: string,
  peers: readonly Peer[],
  until: number,
  grace: number,
): void {
  roster.endOthers(source, channel, peers, grace)
  for (const peer of peers) roster.add(source, peer, channel, until)
}

describe('a list of a source', () => {
  test('peers on the list join, and others leave when the grace period is over', () => {
    roster.add('tracker', alice, 'general', 1000)
    roster.add('tracker', bob, 'general', 1000)
    news()
    replace('tracker', 'general', [bob, carol], 2000, 500)
    expect(news()).toEqual(['Carol joined general'])
    roster.sweep(499)
    expect(names()).toEqual(['alice', 'bob', 'Carol'])
    roster.sweep(500)
    expect(news()).toEqual(['alice parted general: no longer seen'])
    roster.sweep(1999)
    expect(names()).toEqual(['bob', 'Carol'])
  })

  test('a peer that is on a list again within the grace period stays', () => {
    roster.add('tracker', alice, 'general', 1000)
    replace('tracker', 'general', [], 1000, 500)
    replace('tracker', 'general', [alice], 1200, 700)
    roster.sweep(1199)
    expect(names()).toEqual(['alice'])
  })

  test('a new list does not restart the grace period', () => {
    roster.add('tracker', alice, 'general', 1000)
    for (let now = 0; now <= 600; now += 100) replace('tracker', 'general', [], now + 1000, now + 500)
    roster.sweep(500)
    expect(names()).toEqual([])
  })

  test('the grace period does not extend a lease that ends sooner', () => {
    roster.add('tracker', alice, 'general', 100)
    replace('tracker', 'general', [], 1000, 500)
    roster.sweep(100)
    expect(names()).toEqual([])
  })

  test('leases of other sources stay', () => {
    roster.add('direct', alice, 'general', 1000)
    replace('tracker', 'general', [], 1000, 0)
    roster.sweep(0)
    expect(names()).toEqual(['alice'])
  })

  test('leases in other channels stay', () => {
    roster.add('tracker', alice, 'ops', 1000)
    replace('tracker', 'general', [], 1000, 0)
    roster.sweep(0)
    expect(names('ops')).toEqual(['alice'])
  })

  test('a list may rename a peer', () => {
    roster.add('tracker', alice, 'general', 100)
    news()
    replace('tracker', 'general', [{ ...alice, name: 'alicia' }], 1000, 500)
    expect(news()).toEqual(['alice is now alicia'])
  })
})

describe('forgetChannel', () => {
  test('removes its members without events, and keeps those of other channels', () => {
    roster.add('tracker', alice, 'general', 100)
    roster.add('tracker', alice, 'ops', 100)
    roster.add('tracker', bob, 'ops', 100)
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
    for (const peer of peers) roster.add('tracker', peer, 'general', 100)
    expect(roster.find(wanted)).toEqual(found)
  })
})

test('alike: names that are the same apart from case and accents', () => {
  const duong: Peer = { ...bob, name: 'Đường' }
  for (const peer of [alice, duong]) roster.add('tracker', peer, 'general', 100)
  expect(roster.alike('duong')).toEqual([duong])
  expect(roster.alike('đương')).toEqual([duong])
  expect(roster.alike('duo')).toEqual([])
  expect(roster.find('duong')).toEqual([])
})

describe('one peer with several addresses', () => {
  const first: Peer = { ip: '10.0.0.1', port: 8000, name: 'alice' }
  const second: Peer = { ip: '10.1.0.1', port: 8000, name: 'alice' }
  const third: Peer = { ip: '10.2.0.1', port: 8000, name: 'alice' }
  const [a, b, c] = [addressKey(first), addressKey(second), addressKey(third)]

  test('is one peer at each of them, under the address known first', () => {
    roster.add('lan', first, 'general', 100)
    expect(roster.linkAlias([b, a])).toBe(a)
    roster.add('tracker', second, 'general', 200)
    expect(news()).toEqual(['alice joined general'])
    expect(roster.peers).toEqual([first])
    expect(roster.sources(b, 'general')).toEqual(new Set(['lan', 'tracker']))
  })

  test('is one peer also if its addresses were linked before it was added', () => {
    expect(roster.linkAlias([a, b])).toBe(a)
    expect(roster.linkAlias([b, a])).toBe(a)
    roster.add('lan', first, 'general', 100)
    roster.add('tracker', second, 'general', 100)
    expect(roster.peers).toEqual([first])
  })

  test('goes by the address at which it was added, whichever was expected', () => {
    roster.linkAlias([a, b, c])
    roster.add('tracker', second, 'general', 100)
    expect(roster.peers).toEqual([second])
    expect([a, b, c].map((id) => roster.canonical(id))).toEqual([b, b, b])
    expect(roster.get(a)).toEqual(second)
  })

  test.each<[string, string[][]]>([
    [
      'one by one',
      [
        [a, b],
        [b, c],
      ],
    ],
    [
      'from both ends',
      [
        [b, c],
        [a, b],
      ],
    ],
    ['at once', [[c, b, a]]],
    [
      'again and again',
      [
        [a, b],
        [c, a],
        [b, c],
        [c, b],
      ],
    ],
  ])('chains of addresses, linked %s', (_name, unions) => {
    roster.add('lan', first, 'general', 100)
    for (const [id = '', ...others] of unions) roster.linkAlias([id, ...others])
    roster.add('direct', second, 'general', 100)
    roster.add('tracker', third, 'general', 100)
    expect(roster.peers).toEqual([first])
    expect([a, b, c].map((id) => roster.canonical(id))).toEqual([a, a, a])
  })

  test('a chain that merges two peers forgets no address', () => {
    roster.add('lan', first, 'general', 100)
    roster.linkAlias([a, b])
    roster.add('tracker', third, 'general', 100)
    news()
    expect(roster.linkAlias([c, b])).toBe(c)
    expect(roster.peers).toEqual([third])
    roster.add('lan', first, 'general', 100)
    expect(news()).toEqual(['alice parted general: the same as alice at 10.2.0.1:8000'])
    expect(roster.peers).toEqual([third])
  })

  test('was listed twice: the leases are merged, and listeners see the second entry leave', () => {
    roster.add('tracker', first, 'general', 100)
    roster.add('lan', second, 'general', 300)
    roster.add('tracker', second, 'general', 50)
    roster.add('lan', second, 'ops', 300)
    news()
    expect(roster.linkAlias([b, a])).toBe(b)
    expect(news()).toEqual(['alice parted general: the same as alice at 10.1.0.1:8000'])
    expect(roster.members('general')).toEqual([second])
    expect(roster.channelsOf(a)).toEqual(['general', 'ops'])
    roster.remove('lan', a, 'general', 'left')
    roster.sweep(99)
    expect(names()).toEqual(['alice'])
    roster.sweep(100)
    expect(names()).toEqual([])
  })

  test('was listed twice, in different channels: it joins the channels of both', () => {
    roster.add('tracker', first, 'general', 100)
    roster.add('lan', { ...second, name: 'alicia' }, 'ops', 100)
    news()
    roster.linkAlias([a, b])
    expect(news()).toEqual(['alicia parted ops: the same as alice at 10.0.0.1:8000', 'alice joined ops'])
    expect(roster.members('ops')).toEqual([first])
  })

  test('is found by each address', () => {
    roster.add('lan', first, 'general', 100)
    roster.linkAlias([a, b])
    for (const id of [a, b]) {
      expect(roster.find(id)).toEqual([first])
      expect(roster.get(id)).toEqual(first)
      expect(roster.channelsOf(id)).toEqual(['general'])
    }
    expect(roster.find(c)).toEqual([])
  })

  test('is renamed through another address, and keeps its own', () => {
    roster.add('lan', first, 'general', 100)
    roster.linkAlias([a, b])
    news()
    roster.add('tracker', { ...second, name: 'alicia' }, 'general', 100)
    expect(news()).toEqual(['alice is now alicia'])
    expect(roster.peers).toEqual([{ ...first, name: 'alicia' }])
  })

  test('parts and is removed through any of them', () => {
    roster.add('lan', first, 'general', 100)
    roster.add('lan', first, 'ops', 100)
    roster.linkAlias([a, b])
    news()
    roster.part(b, 'ops', 'left')
    roster.removePeer(b, 'quit')
    expect(news()).toEqual(['alice parted ops: left', 'alice parted general: quit'])
    expect(roster.peers).toEqual([])
  })

  test('is the same peer when a list has another of its addresses', () => {
    roster.add('lan', first, 'general', 100)
    roster.linkAlias([a, b])
    roster.add('tracker', second, 'general', 100)
    replace('tracker', 'general', [second], 200, 0)
    roster.remove('lan', a, 'general', 'left')
    roster.sweep(150)
    expect(roster.members('general')).toEqual([first])
  })

  test('has left: the next peer at one of its addresses is another one', () => {
    roster.add('lan', first, 'general', 100)
    roster.linkAlias([a, b, c])
    roster.sweep(100)
    expect([a, b, c].map((id) => roster.canonical(id))).toEqual([a, b, c])
    roster.add('lan', { ...second, name: 'bob' }, 'general', 200)
    roster.add('lan', third, 'general', 200)
    expect(names()).toEqual(['bob', 'alice'])
  })

  test('no longer has an address that was unlinked', () => {
    roster.add('lan', first, 'general', 100)
    roster.linkAlias([a, b, c])
    roster.unlinkAlias(b)
    roster.add('lan', { ...second, name: 'bob' }, 'general', 100)
    expect(roster.peers.map(({ name }) => name)).toEqual(['alice', 'bob'])
    expect(roster.canonical(c)).toBe(a)
  })

  test('links ever new ones: the oldest are forgotten', () => {
    roster.add('lan', first, 'general', 100)
    const others = Array.from({ length: 100 }, (_, index) => `10.3.0.${index}:8000`)
    for (const id of others) roster.linkAlias([a, id])
    expect(others.filter((id) => roster.canonical(id) === a)).toEqual(others.slice(-16))
  })
})

describe('remove', () => {
  test('a peer leaves when the last source no longer vouches for it', () => {
    roster.add('tracker', alice, 'general', 100)
    roster.add('lan', alice, 'general', 100)
    news()
    roster.remove('lan', addressKey(alice), 'general', 'left')
    expect(news()).toEqual([])
    roster.remove('tracker', addressKey(alice), 'general', 'timed out')
    expect(news()).toEqual(['alice parted general: timed out'])
  })

  test.each<[string, Source, Peer, string]>([
    ['a source that said nothing', 'lan', alice, 'general'],
    ['another channel', 'tracker', alice, 'ops'],
    ['another peer', 'tracker', bob, 'general'],
  ])("%s is nobody's loss", (_name, source, peer, channel) => {
    roster.add('tracker', alice, 'general', 100)
    news()
    roster.remove(source, addressKey(peer), channel, 'left')
    expect(news()).toEqual([])
    expect(names()).toEqual(['alice'])
  })
})

describe('channelsOf and sources', () => {
  test('name the sources of each peer and channel', () => {
    roster.add('tracker', alice, 'general', 100)
    roster.add('lan', alice, 'general', 100)
    roster.add('told', alice, 'ops', 100)
    expect(roster.channelsOf(addressKey(alice))).toEqual(['general', 'ops'])
    expect(roster.sources(addressKey(alice), 'general')).toEqual(new Set(['tracker', 'lan']))
    expect(roster.sources(addressKey(alice), 'ops')).toEqual(new Set(['told']))
  })

  test('are empty for an unknown peer', () => {
    expect(roster.channelsOf(addressKey(bob))).toEqual([])
    expect(roster.sources(addressKey(bob), 'general')).toEqual(new Set())
  })

  test('callers cannot change the presence through what they get', () => {
    roster.add('tracker', alice, 'general', 100)
    roster.channelsOf(addressKey(alice)).pop()
    expect(roster.channelsOf(addressKey(alice))).toEqual(['general'])
  })
})

describe('extendLeases', () => {
  test('a lease does not expire while the machine sleeps', () => {
    roster.add('lan', alice, 'general', 100)
    roster.add('tracker', bob, 'general', Infinity)
    roster.extendLeases(1_000)
    roster.sweep(1_099)
    expect(names()).toEqual(['alice', 'bob'])
    roster.sweep(1_100)
    expect(names()).toEqual(['bob'])
  })
})
