/** A running peer and programs that know LSNP only: what is said in both directions, and groups. */
import { asContent, textOf } from '../../../src/chat/content.ts'
import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../../src/chat/limits.ts'
import { get, post } from '../../support/ask.ts'
import { ManualClock, fastClock } from '../../support/clock.ts'
import { LsnpProgram, testLan, type TestLan } from './lan-support.ts'
import { pictureOf, sha256 } from '../profiles/picture-server.ts'
import { answeringPeer, scriptedServer } from '../../support/scripted-server.ts'
import { knows, startPeer, type Watched, fate, names, eventsOf } from '../../support/peers.ts'
import { liveTracker } from '../../support/trackers.ts'
import type { Clock } from '../../../src/chat/clock.ts'
import type { Address } from '../../../src/http/message.ts'
import type { RegistryChange } from '../../../src/tracker/registry.ts'
import type { LsnpMessage } from '../../../src/udp/lsnp/codec.ts'

const ALICE = 'alice@127.0.0.1'

interface Together {
  readonly lan: TestLan
  readonly alice: Watched
  readonly zed: LsnpProgram
}

interface TogetherOptions {
  readonly acknowledges?: boolean
  readonly clock?: Clock
  readonly giveUp?: number
  readonly tracker?: Address
}

/** Alice, a peer, and Zed, a program that takes datagrams only; they know each other. */
async function together(options: TogetherOptions = {}): Promise<Together> {
  const { acknowledges = false, ...more } = options
  const lan = await testLan()
  const alice = await startPeer({ name: 'alice', lan: lan.options, ...more })
  const zed = await LsnpProgram.start('zed', lan, { acknowledges })
  await expect.poll(() => names(alice)).toContain('zed !')
  await expect.poll(() => zed.knows(ALICE)).toBe(true)
  return { lan, alice, zed }
}

/** The messages that a peer showed, with their channel: `#general zed !: hello`. */
function heard(watched: Watched): string[] {
  return eventsOf(watched, 'message').flatMap(({ message: { channel, from, content }, own }) =>
    own ? [] : [`#${channel} ${from.name}: ${textOf(content)}`],
  )
}

function idsOf(messages: readonly LsnpMessage[]): (string | undefined)[] {
  return messages.map((message) => ('messageId' in message ? message.messageId : undefined))
}

describe('to all in #general', () => {
  test('its POST is a message in #general', async () => {
    const { alice, zed } = await together()
    await zed.post('hello')
    await expect.poll(() => heard(alice)).toEqual(['#general zed !: hello'])
    const [event] = eventsOf(alice, 'message')
    expect(event?.message.id).toMatch(/^[0-9a-f]{16}$/)
    expect(event?.message.from).toEqual({ ip: '127.0.0.1', port: zed.port, name: 'zed !', lsnp: zed.userId })
    expect(alice.peer.history('general', 10).entries.map(({ message }) => textOf(message.content))).toEqual([
      'hello',
    ])
  })

  test('a message leaves as POST, and is unconfirmed', async () => {
    const { alice, zed } = await together()
    expect(await fate(alice, alice.peer.say('general', 'hello'))).toBe('1/1, 1 unconfirmed')
    alice.peer.say('general', { kind: 'action', text: 'waves\nat you' })
    await expect.poll(() => zed.texts('POST')).toEqual(['hello', '* alice waves at you'])
    expect(zed.of('POST')[0]).toMatchObject({ userId: ALICE, ttl: 3600 })
    for (const id of idsOf(zed.of('POST'))) expect(id).toMatch(/^[0-9a-f]{16}$/)
  })

  test('a message from before this peer started is ignored', async () => {
    const { alice, zed } = await together()
    await alice.peer.part('general')
    await zed.post('to those in #general')
    await zed.dm(ALICE, 'to you')
    await expect.poll(() => heard(alice)).toEqual(['#private zed !: to you'])
  })

  test('a program that has one id for everything is understood', async () => {
    const { alice, zed } = await together()
    for (const text of ['one', 'two', 'two', 'three']) await zed.post(text, { messageId: '0000000000000001' })
    await expect.poll(() => alice.heard()).toEqual(['zed !: one', 'zed !: two', 'zed !: three'])
  })

  test('a text that no datagram takes fails, and does not hold up the next', async () => {
    const { alice, zed } = await together()
    const longest = 'é'.repeat(LIMITS.textBytes / 2)
    const tooLong = alice.peer.say('general', { kind: 'action', text: longest })
    const next = alice.peer.say('general', 'next')
    expect(await fate(alice, tooLong)).toMatch(/^0\/1, zed !: CONTENT is longer than/)
    expect(await fate(alice, next)).toBe('1/1, 1 unconfirmed')
    await expect.poll(() => zed.texts('POST')).toEqual(['next'])
  })
})

describe('to one person', () => {
  test('with an acknowledgement it is delivered, and sent once', async () => {
    const { alice, zed } = await together({ acknowledges: true })
    expect(await fate(alice, alice.peer.direct('zed !', 'psst'))).toBe('1/1')
    expect(await fate(alice, alice.peer.direct(zed.userId, 'you'))).toBe('1/1')
    expect(zed.texts('DM')).toEqual(['psst', 'you'])
    for (const dm of zed.of('DM')) expect(dm).toMatchObject({ from: ALICE, to: zed.userId })
    for (const id of idsOf(zed.of('DM'))) expect(id).toMatch(/^[0-9a-f]{16}$/)
    expect(eventsOf(alice, 'message').map(({ to }) => to?.lsnp)).toEqual([zed.userId, zed.userId])
  })

  test('without an acknowledgement it is unconfirmed, and neither it nor the next is sent again', async () => {
    const { alice, zed } = await together({ clock: fastClock(20) })
    expect(await fate(alice, alice.peer.direct('zed !', 'psst'))).toBe('1/1, 1 unconfirmed')
    await expect.poll(() => zed.texts('DM')).toEqual(['psst'])
    expect(await fate(alice, alice.peer.direct('zed !', 'again'))).toBe('1/1, 1 unconfirmed')
    await expect.poll(() => zed.texts('DM')).toEqual(['psst', 'again'])
  })

  test('while a DM is not acknowledged, nothing else to that program waits: no DM, no POST, no group', async () => {
    const { alice, zed } = await together({ acknowledges: true })
    expect(await fate(alice, alice.peer.direct('zed !', 'hello'))).toBe('1/1')
    alice.peer.lan.command({ kind: 'group-create', id: 'g1', name: 'trip', members: [zed.userId] })
    await expect.poll(() => alice.peer.channels).toContain('trip')
    zed.stopAcknowledging()
    const open = alice.peer.direct('zed !', 'a')
    alice.peer.direct('zed !', 'b')
    const post = alice.peer.say('general', 'c')
    const line = alice.peer.say('trip', 'd')
    expect(await fate(alice, post)).toBe('1/1, 1 unconfirmed')
    expect(await fate(alice, line)).toBe('1/1, 1 unconfirmed')
    expect(alice.peer.receipt(open.messageId)?.queued).toHaveLength(1)
    alice.peer.lan.command({ kind: 'group-update', id: 'g1', add: [], remove: [zed.userId] })
    await expect.poll(() => zed.of('GROUP_UPDATE')).toHaveLength(1)
    expect([...new Set(zed.texts('DM'))]).toEqual(['hello', 'a', 'b'])
    const types = zed.heard.map(({ type }) => type).filter((type) => /^(?:POST|GROUP_.*)$/.test(type))
    expect(types).toEqual(['GROUP_CREATE', 'POST', 'GROUP_MESSAGE', 'GROUP_UPDATE'])
  })

  test('a peer that stops before the acknowledgement has sent it once, and does not send it after the next start', async () => {
    const { alice, zed } = await together()
    const said = alice.peer.direct('zed !', 'psst')
    await expect.poll(() => zed.texts('DM')).toEqual(['psst'])
    await alice.peer.close()
    expect(await fate(alice, said)).toBe('1/1, 1 unconfirmed')
  })

  test('to this peer: shown as a direct message, and acknowledged', async () => {
    const { alice, zed } = await together()
    await zed.dm(ALICE, 'psst')
    await expect.poll(() => heard(alice)).toEqual(['#private zed !: psst'])
    await expect.poll(() => zed.of('ACK')).toHaveLength(1)
    expect(idsOf(zed.of('ACK'))).toEqual(eventsOf(alice, 'message').map(({ message }) => message.id))
  })

  test('a recipient that leaves before its acknowledgement did not get it', async () => {
    const clock = new ManualClock()
    const lan = await testLan()
    const alice = await startPeer({ name: 'alice', lan: lan.options, clock, giveUp: 5_000 })
    const zed = await LsnpProgram.start('zed', lan, { acknowledges: true })
    const haveMet = async (): Promise<boolean> => {
      await clock.advance(100)
      return names(alice).includes('zed !') && zed.knows(ALICE)
    }
    await expect.poll(haveMet).toBe(true)
    expect(await fate(alice, alice.peer.direct('zed !', 'hello'))).toBe('1/1')
    zed.stopAcknowledging()
    const said = alice.peer.direct('zed !', 'psst')
    await expect.poll(() => zed.texts('DM')).toContain('psst')
    alice.peer.lan.command({ kind: 'verbose', on: true })
    await zed.send({ type: 'REVOKE', userId: zed.userId })
    await expect.poll(() => eventsOf(alice, 'datagram').map(({ type }) => type)).toContain('REVOKE')
    // It has a moment to object; then the message fails for now, because it has left, and is tried until its time is up.
    await clock.advance(2_000)
    expect([names(alice), alice.peer.receipt(said.messageId)?.queued.length]).toEqual([[], 1])
    await clock.advance(60_000)
    expect(await fate(alice, said)).toBe(`0/1, zed !: ${zed.userId} is not on this network`)
  })
})

describe('what it shows', () => {
  test('a status, a new name, and a picture in the datagram', async () => {
    const { alice, zed } = await together()
    const bytes = pictureOf('jpeg', 'of zed')
    const avatar = { type: 'image/jpeg', encoding: 'base64', data: bytes.toString('base64') } as const
    await zed.announce({ displayName: 'Zed', status: 'in the lab', avatar })
    await knows(alice, 'general', ['Zed'])
    const { status, avatar: shown } = alice.peer.profile(alice.peer.find('Zed'))
    expect([status, shown?.type, shown?.hash]).toEqual(['in the lab', 'image/jpeg', sha256(bytes)])
    expect(eventsOf(alice, 'renamed').map(({ before, peer }) => [before, peer.name])).toEqual([
      ['zed !', 'Zed'],
    ])
  })
})

describe('between it and a tracker', () => {
  /** Bob at the tracker, Zed on the LAN, and Alice in both. */
  async function bridged() {
    const joined: string[] = []
    const onChange = ({ kind, channel, peer }: RegistryChange): void => {
      if (kind === 'joined') joined.push(`${peer.name} #${channel}`)
    }
    const tracker = await liveTracker({ onChange })
    const lan = await testLan()
    const alice = await startPeer({ name: 'alice', tracker: tracker.address, lan: lan.options })
    const bob = await startPeer({ name: 'bob', tracker: tracker.address })
    const zed = await LsnpProgram.start('zed', lan)
    await knows(alice, 'general', ['bob', 'zed !'])
    await knows(bob, 'general', ['alice'])
    return { tracker: tracker.address, joined, alice, bob, zed }
  }

  test('its POST is passed on under its name', async () => {
    const { alice, bob, zed } = await bridged()
    await zed.post('hello')
    await expect.poll(() => heard(bob)).toEqual(['#general zed !: hello'])
    expect(eventsOf(bob, 'message')[0]).toMatchObject({ hops: 1, message: { from: { name: 'zed !' } } })
    expect(heard(alice)).toEqual(['#general zed !: hello'])
    expect(names(bob)).toEqual(['alice'])
  })

  test('it reads who said what was passed on', async () => {
    const { alice, bob, zed } = await bridged()
    bob.peer.say('general', 'hello')
    await expect.poll(() => zed.texts('POST')).toEqual(['bob: hello'])
    expect(zed.of('POST')[0]?.userId).toBe(ALICE)
    expect(eventsOf(alice, 'receipt')).toEqual([])
  })

  test('ids that other programs make up are not sent to it', async () => {
    const { tracker, alice, zed } = await bridged()
    // A program without a key, which the tracker lists.
    const yan = { ip: '127.0.0.1', port: await answeringPeer(), name: 'yan' }
    await post(tracker.port, '/submit-info', { ...yan, channels: ['general'] })
    await knows(alice, 'general', ['bob', 'yan', 'zed !'])
    for (const id of ['1', 'c0ffee-1', '00C0FFEE00C0FFEE']) {
      const message = { from: yan, channel: 'general', message: `with ${id}`, id }
      expect((await post(alice.peer.address.port, '/p2p/receive', message)).status).toBe(200)
    }
    await expect
      .poll(() => zed.texts('POST'))
      .toEqual(['yan: with 1', 'yan: with c0ffee-1', 'yan: with 00C0FFEE00C0FFEE'])
    const ids = idsOf(zed.of('POST'))
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/)
    expect(new Set(ids).size).toBe(3)
  })

  test('its groups are no concern of the tracker, nor of those there', async () => {
    const { joined, alice, bob, zed } = await bridged()
    await zed.createGroup('g1', 'trip', [zed.userId, ALICE])
    await expect.poll(() => alice.peer.channels).toEqual(['general', 'trip'])
    await bob.peer.join('trip')
    expect((await get(alice.peer.address.port, '/p2p/hello')).json['channels']).toEqual(['general'])
    await zed.sayInGroup('g1', 'secret')
    await expect.poll(() => heard(alice)).toEqual(['#trip zed !: secret'])
    expect(await fate(alice, alice.peer.say('trip', 'secret, too'))).toBe('1/1, 1 unconfirmed')
    await alice.peer.part('trip')
    await alice.peer.join('trip')
    expect(joined).toEqual(['alice #general', 'bob #general', 'bob #trip'])
    expect(names(alice, 'trip')).toEqual(['zed !'])
    expect(bob.heard()).toEqual([])
  })
})

test('a tracker that names others in a group is not believed', async () => {
  const mallory = { ip: '127.0.0.1', port: 7002, name: 'mallory' }
  const feed = ['trip', 'general'].flatMap((channel) => [
    `id: a-1\nevent: members\ndata: ${JSON.stringify({ channel, members: [mallory] })}\n\n`,
    `id: a-2\nevent: joined\ndata: ${JSON.stringify({ channel, peer: mallory })}\n\n`,
  ])
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n'
  const tracker = await scriptedServer(({ target, body }) =>
    target.startsWith('/events') ? head + feed.join('') : [200, { status: 'ok', ttl: 30, peer: body }],
  )
  const feeds = (): number => tracker.asked.filter(({ target }) => target.startsWith('/events')).length
  const address = { host: '127.0.0.1', port: tracker.port }
  const { alice, zed } = await together({ clock: fastClock(20), tracker: address })
  await zed.createGroup('g1', 'trip', [zed.userId, ALICE])
  await expect.poll(() => alice.peer.channels).toEqual(['general', 'trip'])
  // The one after the next began after this.
  const before = feeds()
  await expect.poll(feeds).toBeGreaterThan(before + 1)
  await expect.poll(() => names(alice)).toEqual(['mallory', 'zed !'])
  expect(names(alice, 'trip')).toEqual(['zed !'])
})

describe('groups', () => {
  /** Alice, Zed and Yan, and a group of these three that Zed has made. */
  async function group(groupName = 'Road trip!', channel = 'road-trip') {
    const { lan, alice, zed } = await together()
    const yan = await LsnpProgram.start('yan', lan)
    await knows(alice, 'general', ['yan !', 'zed !'])
    await zed.createGroup('g1', groupName, [zed.userId, yan.userId, ALICE])
    await expect.poll(() => alice.peer.channels).toEqual(['general', channel])
    return { lan, alice, zed, yan }
  }

  test('one that it makes is a channel, with its members', async () => {
    const { alice } = await group()
    expect(names(alice, 'road-trip')).toEqual(['yan !', 'zed !'])
    expect(eventsOf(alice, 'group')).toEqual([
      { kind: 'group', name: 'Road trip!', channel: 'road-trip', news: 'created' },
    ])
  })

  test('a message there comes to each member once, and to this peer', async () => {
    const { alice, zed, yan } = await group()
    expect(await fate(alice, alice.peer.say('road-trip', 'who drives?'))).toBe('2/2, 2 unconfirmed')
    await yan.sayInGroup('g1', 'I do')
    await expect.poll(() => heard(alice)).toEqual(['#road-trip yan !: I do'])
    expect(await fate(alice, alice.peer.say('general', 'to all'))).toBe('2/2, 2 unconfirmed')
    for (const program of [zed, yan]) {
      // The POST was sent after whatever else there was.
      await expect.poll(() => program.texts('POST')).toEqual(['to all'])
      expect(program.texts('GROUP_MESSAGE')).toEqual(['who drives?'])
      expect(program.of('GROUP_MESSAGE')[0]).toMatchObject({ from: ALICE, groupId: 'g1' })
      for (const id of idsOf(program.of('GROUP_MESSAGE'))) expect(id).toMatch(/^[0-9a-f]{16}$/)
    }
  })

  test('who is taken out of it is told nothing more there, and still what is said to all', async () => {
    const { alice, zed, yan } = await group()
    await zed.updateGroup('g1', { remove: [yan.userId] })
    await knows(alice, 'road-trip', ['zed !'])
    expect(await fate(alice, alice.peer.say('road-trip', 'without Yan'))).toBe('1/1, 1 unconfirmed')
    expect(await fate(alice, alice.peer.say('general', 'to all'))).toBe('2/2, 2 unconfirmed')
    await expect.poll(() => yan.texts('POST')).toEqual(['to all'])
    expect(yan.texts('GROUP_MESSAGE')).toEqual([])
    const late = {
      id: '00c0ffee00c0ffee',
      from: alice.peer.self,
      channel: 'road-trip',
      content: asContent('to Yan'),
      sentAt: 0,
    }
    const outcome = await alice.peer.lan.transmit(yan.userId, { message: late, hops: undefined })
    expect(outcome).toEqual({ ok: false, final: true, reason: 'it is no longer in this channel' })
    expect(zed.texts('GROUP_MESSAGE')).toEqual(['without Yan'])
  })

  test('who is put into it is in its channel', async () => {
    const { lan, alice, zed } = await group()
    const xen = await LsnpProgram.start('xen', lan)
    await knows(alice, 'general', ['xen !', 'yan !', 'zed !'])
    await zed.updateGroup('g1', { add: [xen.userId] })
    await knows(alice, 'road-trip', ['xen !', 'yan !', 'zed !'])
    alice.peer.say('road-trip', 'welcome')
    await expect.poll(() => xen.texts('GROUP_MESSAGE')).toEqual(['welcome'])
  })

  test('a peer that is removed loses the channel', async () => {
    const { alice, zed } = await group()
    await zed.updateGroup('g1', { remove: [ALICE] })
    await expect.poll(() => alice.peer.channels).toEqual(['general'])
    expect(() => alice.peer.say('road-trip', 'x')).toThrow('you are not in #road-trip')
    expect(eventsOf(alice, 'group').map(({ news }) => news)).toEqual(['created', 'removed'])
  })

  test('a peer that parts from its channel shows nothing of it until it joins again', async () => {
    const { alice, zed, yan } = await group()
    await alice.peer.part('road-trip')
    await zed.sayInGroup('g1', 'one')
    await zed.dm(ALICE, 'psst')
    await expect.poll(() => heard(alice)).toEqual(['#private zed !: psst'])
    await alice.peer.join('road-trip')
    expect(names(alice, 'road-trip')).toEqual(['yan !', 'zed !'])
    await yan.sayInGroup('g1', 'two')
    await expect.poll(() => heard(alice).slice(1)).toEqual(['#road-trip yan !: two'])
  })

  test.each<[name: string, groupName: string, channel: RegExp]>([
    ['that every peer is in', 'general', /^general-g1$/],
    ['that every peer is in, spelt otherwise', ' #GENERAL ', /^general-g1$/],
    ['for messages to one', 'private', /^private-g1$/],
    ['that this peer is in', 'Ops', /^ops-g1$/],
    ['that can be none', '🙂🙂', /^g1$/],
    ['that is too long for one', 'x'.repeat(100), /^group-[0-9a-f]{16}$/],
  ])('one under the name of a channel %s has one of its own', async (_name, groupName, channel) => {
    const { alice, zed } = await together()
    await alice.peer.join('ops')
    await zed.createGroup('g1', groupName, [zed.userId, ALICE])
    await expect.poll(() => alice.peer.channels).toHaveLength(3)
    expect(alice.peer.channels[2]).toMatch(channel)
    expect((await get(alice.peer.address.port, '/p2p/hello')).json['channels']).toEqual(['general', 'ops'])
    alice.peer.say('general', 'to all')
    await expect.poll(() => zed.texts('POST')).toEqual(['to all'])
  })

  describe('made by a stranger under the name of an open channel', () => {
    /** A Parley peer that announces these channels. */
    async function announcing(lan: TestLan, channels: readonly string[]): Promise<void> {
      const bob = await LsnpProgram.start('bob', lan)
      const own = { app: 'x', node: 'badbadbadbadbadb', httpPort: 7003 }
      await bob.announce({ displayName: 'bob', ...own, channels: ['general', ...channels] })
    }

    const WARNING =
      '#ops is the group Ops of zed@127.0.0.1, with zed@127.0.0.1: messages there go to them alone'

    test('that a peer announces already: it gets another, and nothing is written to it by its name', async () => {
      const { lan, alice, zed } = await together()
      await announcing(lan, ['ops'])
      await expect.poll(() => alice.peer.lan.hears('ops')).toBe(true)
      await zed.createGroup('g1', 'Ops', [zed.userId, ALICE])
      await expect.poll(() => alice.peer.channels).toEqual(['general', 'ops-g1'])
      await alice.peer.join('ops')
      alice.peer.say('ops', 'for bob')
      alice.peer.say('ops-g1', 'for zed')
      await expect.poll(() => zed.texts('GROUP_MESSAGE')).toEqual(['for zed'])
      expect(eventsOf(alice, 'notice').map(({ text }) => text)).not.toContain(WARNING)
    })

    test('that a peer announces later: who goes there is told first', async () => {
      const { lan, alice, zed } = await together()
      await zed.createGroup('g1', 'Ops', [zed.userId, ALICE])
      await expect.poll(() => alice.peer.channels).toEqual(['general', 'ops'])
      await announcing(lan, ['ops'])
      await alice.peer.join('ops')
      await expect.poll(() => eventsOf(alice, 'notice').map(({ text }) => text)).toContain(WARNING)
    })

    test('an own group has no warning', async () => {
      const { alice, zed } = await together()
      alice.peer.lan.command({ kind: 'group-create', id: 'g1', name: 'Ops', members: [zed.userId] })
      await expect.poll(() => alice.peer.channels).toEqual(['general', 'ops'])
      await alice.peer.join('ops')
      expect(eventsOf(alice, 'notice').filter(({ text }) => text.includes('is the group'))).toEqual([])
    })
  })

  test('two of one name have two channels', async () => {
    const { alice, zed } = await group('trip', 'trip')
    await zed.createGroup('g2', 'trip', [zed.userId, ALICE])
    await expect.poll(() => alice.peer.channels).toEqual(['general', 'trip', 'trip-g2'])
    await zed.sayInGroup('g2', 'two')
    await zed.sayInGroup('g1', 'one')
    await expect.poll(() => heard(alice)).toEqual(['#trip-g2 zed !: two', '#trip zed !: one'])
    alice.peer.say('trip-g2', 'two')
    await expect.poll(() => zed.of('GROUP_MESSAGE').map(({ groupId }) => groupId)).toEqual(['g2'])
  })

  test('no peer comes into one by writing there or by announcing it', async () => {
    const { lan, alice } = await group('trip', 'trip')
    const { port } = alice.peer.address
    const mallory = { ip: '127.0.0.1', port: await answeringPeer(), name: 'mallory' }
    const message = { from: mallory, channel: 'trip', message: 'let me in', id: 'm-1' }
    expect((await post(port, '/p2p/receive', message)).json['error']).toBe('not_a_member')
    await post(port, '/p2p/hello', { ...mallory, channels: ['trip', 'general'] })
    await expect.poll(() => names(alice)).toContain('mallory')
    const node = 'badbadbadbadbadb'
    const nora = await LsnpProgram.start('nora', lan)
    await nora.announce({
      displayName: 'nora',
      app: 'x',
      node,
      httpPort: 7003,
      channels: ['trip', 'general'],
    })
    await expect.poll(() => names(alice)).toContain('nora')
    expect(names(alice, 'trip')).toEqual(['yan !', 'zed !'])
    expect(heard(alice)).toEqual([])
  })

  test('an own group has Parley peers as members, too, and keeps them', async () => {
    const { lan, alice, zed } = await together()
    const bob = await startPeer({ name: 'bob', lan: lan.options })
    await zed.announce()
    await knows(alice, 'general', ['bob', 'zed !'])
    await knows(bob, 'general', ['alice', 'zed !'])
    const members = alice.peer.people.map(({ userId }) => userId)
    alice.peer.lan.command({ kind: 'group-create', id: '00c0ffee00c0ffee', name: 'trip', members })
    expect(names(alice, 'trip')).toEqual(['bob', 'zed !'])
    await knows(bob, 'trip', ['alice', 'zed !'])
    bob.peer.show({ status: 'packing' })
    await expect
      .poll(() => eventsOf(alice, 'profile').map(({ profile }) => profile.status))
      .toContain('packing')
    expect(names(alice, 'trip')).toEqual(['bob', 'zed !'])
    expect(await fate(alice, alice.peer.say('trip', 'who drives?'))).toBe('2/2, 1 unconfirmed')
    expect(await fate(bob, bob.peer.say('trip', 'Zed'))).toBe('2/2, 1 unconfirmed')
    await expect.poll(() => zed.texts('GROUP_MESSAGE').sort()).toEqual(['Zed', 'who drives?'])
    expect(bob.heard()).toEqual(['alice: who drives?'])
    expect(alice.heard()).toEqual(['bob: Zed'])
  })
})
