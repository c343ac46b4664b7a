/** LAN_LIMITS: as many as there may be, and one more. */
import { describe, expect, test } from 'vitest'
import { refusalOf } from '../chat/support.ts'
import { AnswerCredit } from '../../src/udp/node/presence/credit.ts'
import { GroupTable } from '../../src/udp/node/messaging/group-table.ts'
import { DuplicateFilter } from '../../src/udp/node/messaging/duplicates.ts'
import { PeerTable } from '../../src/udp/node/peer-table.ts'
import type { Sighting } from '../../src/udp/node/peer-entry.ts'
import { LanRhythm } from '../../src/udp/node/presence/rhythm.ts'
import { LAN_LIMITS, LAN_TIMES } from '../../src/udp/node/limits.ts'
import { Tokens } from '../../src/udp/node/messaging/tokens.ts'
import { HandLan, MAI, START, foreignPing, hexId, parleyPing } from './lan-node.ts'
import type { LsnpMessage } from '../../src/udp/lsnp/codec.ts'

const TO_MAI = `mai@${MAI}`
/** After the fast start. */
const AT = 5_000

/** The address of a host, different for each number. */
function host(number: number): string {
  return `10.77.${1 + (number >> 7)}.${1 + (number & 127)}`
}

describe('peers', () => {
  const OURS = '10.77.0.1'

  function table(): PeerTable {
    return new PeerTable({ isOwn: (ip) => ip === OURS })
  }

  function sighting(node: number, ip: string): Sighting {
    const unsaid = { httpPort: undefined, channels: undefined, name: undefined, status: undefined }
    const more = { ...unsaid, key: undefined, avatarHash: undefined, avatar: undefined }
    return { ...more, userId: `n${node}@${ip}`, ip, port: 8000, dialect: 'rfc', node: `${node}` }
  }

  test('peers: one over replaces a peer that was seen once, if there is one', () => {
    const peers = table()
    for (let n = 0; n < LAN_LIMITS.peers; n++)
      expect(peers.record(sighting(n, host(n)), 0)?.evicted).toBe(undefined)
    expect(peers.size).toBe(LAN_LIMITS.peers)
    expect(peers.record(sighting(9_000, host(9_000)), 0)?.evicted?.peer.node).toBe('0')
    expect(peers.size).toBe(LAN_LIMITS.peers)
    for (const { peer } of [...peers.entries]) peers.record(sighting(Number(peer.node), peer.ip), 1_000)
    expect(peers.record(sighting(9_001, host(9_001)), 1_000)).toBe(undefined)
  })

  test('peersPerHost, except for this machine', () => {
    const peers = table()
    for (let n = 0; n < LAN_LIMITS.peersPerHost; n++) {
      expect(peers.record(sighting(n, MAI), 0)?.evicted).toBe(undefined)
      peers.record(sighting(n, MAI), 1_000)
    }
    expect(peers.record(sighting(100, MAI), 1_000)).toBe(undefined)
    for (let n = 200; n <= 200 + LAN_LIMITS.peersPerHost; n++)
      expect(peers.record(sighting(n, OURS), 1_000)?.change).toBe('new')
  })

  test('addresses', () => {
    const peers = table()
    const addresses = Array.from({ length: LAN_LIMITS.addresses }, (_, n) => host(n))
    for (const ip of addresses) peers.record(sighting(1, ip), 0)
    expect(peers.known(sighting(1, host(0)))?.peer.addresses).toEqual(addresses)
    peers.record(sighting(1, host(LAN_LIMITS.addresses)), 0)
    expect(peers.known(sighting(1, host(0)))?.peer.addresses).toEqual(addresses)
  })
})

describe('what is kept', () => {
  test('seen', () => {
    const seen = new DuplicateFilter()
    for (let n = 0; n < LAN_LIMITS.seen; n++) expect(seen.isNew(`${n}`, n)).toBe(true)
    expect(seen.size).toBe(LAN_LIMITS.seen)
    expect(seen.isNew('one over', LAN_LIMITS.seen)).toBe(true)
    expect(seen.size).toBe(LAN_LIMITS.seen)
    expect(seen.isNew(`${LAN_LIMITS.seen - 1}`, LAN_LIMITS.seen)).toBe(false)
    expect(seen.isNew('0', LAN_LIMITS.seen)).toBe(true)
  })

  test('groups', () => {
    const groups = new GroupTable()
    const group = (n: number) => ({ id: `g${n}`, name: 'lab', members: [TO_MAI], owner: TO_MAI })
    for (let n = 0; n < LAN_LIMITS.groups; n++) expect(groups.create(group(n))).toMatchObject({ id: `g${n}` })
    expect(groups.create(group(LAN_LIMITS.groups))).toBe(undefined)
    groups.delete('g0')
    expect(groups.create(group(LAN_LIMITS.groups))).toMatchObject({ owner: TO_MAI })
  })

  test('groupsPerHost', () => {
    const groups = new GroupTable()
    const group = (id: string) => ({ id, name: 'lab', members: [TO_MAI], owner: TO_MAI })
    for (let n = 0; n < LAN_LIMITS.groupsPerHost; n++)
      expect(groups.create(group(`g${n}`), '10.77.0.66')).toMatchObject({ id: `g${n}` })
    expect(groups.create(group('one over'), '10.77.0.66')).toBe(undefined)
    expect(groups.problem('10.77.0.66')).toContain('16 groups of one host')
    expect(groups.create(group('of another'), '10.77.0.67')).toMatchObject({ id: 'of another' })
    expect(groups.create(group('ours'))).toMatchObject({ id: 'ours' })
    groups.delete('g0')
    expect(groups.create(group('again'), '10.77.0.66')).toMatchObject({ id: 'again' })
  })

  test('revoked', () => {
    const tokens = new Tokens()
    for (let n = 0; n < LAN_LIMITS.revoked; n++) tokens.revoke(`t${n}`, '10.77.0.11')
    expect(tokens.isRevoked('t0')).toBe(true)
    tokens.revoke('one over', '10.77.0.11')
    expect([tokens.isRevoked('t0'), tokens.isRevoked('t1'), tokens.isRevoked('one over')]).toEqual([
      false,
      true,
      true,
    ])
  })

  test('posts: the oldest can no longer be liked', () => {
    const lan = new HandLan()
    lan.receive(foreignPing(), AT)
    const at = (post: number): number => AT + post * 1_000
    const post = (number: number): void => {
      lan.command({ kind: 'post', id: hexId(number), to: TO_MAI, text: 'hi' }, at(number))
    }
    const like = (number: number): void => {
      const second = Math.floor((START + at(number)) / 1000)
      const fields = ['TYPE:LIKE', `FROM:${TO_MAI}`, 'TO:zed@10.77.0.1', `POST_TIMESTAMP:${second}`]
      lan.receive(`${[...fields, 'ACTION:LIKE'].join('\n')}\n\n`, at(number) + 500_000)
    }
    for (let n = 0; n < LAN_LIMITS.posts; n++) post(n)
    like(0)
    post(LAN_LIMITS.posts)
    like(0)
    like(1)
    expect(lan.eventsOf('liked').map(({ postId }) => postId)).toEqual([hexId(0), hexId(1)])
  })

  test('waiting: one over is sent once, and not waited for', () => {
    const lan = new HandLan()
    lan.receive(foreignPing(), AT)
    const write = (n: number): string[] =>
      lan.command({ kind: 'dm', id: hexId(n), to: TO_MAI, text: 'hi' }, AT)
    write(0xabc)
    // From then on it may be sent as much as one likes.
    lan.receive({ type: 'ACK', messageId: hexId(0xabc), status: 'RECEIVED' }, AT)
    lan.events.length = 0
    for (let n = 0; n < LAN_LIMITS.waiting; n++) write(n)
    expect(lan.eventsOf('sent')).toEqual([])
    expect(write(LAN_LIMITS.waiting)).toEqual([`DM to ${MAI}`])
    expect(lan.eventsOf('sent')).toMatchObject([{ id: hexId(LAN_LIMITS.waiting), confirmed: false }])
  })
})

describe('what we say', () => {
  test('revokedAtOnce', () => {
    const lan = new HandLan()
    lan.receive(foreignPing(), AT)
    const tokens = LAN_LIMITS.revokedAtOnce + 1
    for (let n = 0; n < tokens; n++)
      lan.command({ kind: 'follow', to: TO_MAI, following: true }, AT + n * 1_000)
    const revoked = (sent: readonly string[]): number => sent.filter((to) => to === 'REVOKE to all').length
    expect(revoked(lan.command({ kind: 'revoke' }, AT + 4_000))).toBe(LAN_LIMITS.revokedAtOnce)
    expect(revoked(lan.tick(AT + 4_100))).toBe(1)
    expect(revoked(lan.tick(AT + 4_200))).toBe(0)
  })

  test('tokenSeconds', () => {
    const lan = new HandLan()
    const ttl = (seconds: number) => () => lan.command({ kind: 'ttl', seconds }, AT)
    expect(ttl(LAN_LIMITS.tokenSeconds)()).toEqual([])
    expect(refusalOf(ttl(LAN_LIMITS.tokenSeconds + 1))).toMatchObject({ status: 422, code: 'invalid_ttl' })
  })

  test('statusBytes: one over is cut, and says so', () => {
    const lan = new HandLan()
    const shown = (status: string): string | undefined => {
      lan.command({ kind: 'profile', status }, AT)
      return lan.last('PROFILE').status
    }
    const longest = 'é'.repeat(LAN_LIMITS.statusBytes / 2)
    expect(shown(longest)).toBe(longest)
    const cut = shown(`${longest}.`) ?? ''
    expect(cut).toMatch(/^é+…$/)
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(LAN_LIMITS.statusBytes)
  })

  test('channelBytes: one over, and the last is left out', () => {
    const lan = new HandLan()
    const shown = (channels: readonly string[]): readonly string[] | undefined => {
      lan.command({ kind: 'profile', channels }, AT)
      return lan.last('PROFILE').channels
    }
    // Each with the comma behind it.
    const channels = Array.from({ length: 8 }, (_, n) => `${n}`.padEnd(LAN_LIMITS.channelBytes / 8 - 1, 'c'))
    expect(shown(channels)).toEqual(channels)
    const longer = [...channels.slice(0, 7), `${channels[7] ?? ''}c`]
    expect(shown(longer)).toEqual(channels.slice(0, 7))
  })

  test.each([
    ['at the limit all are sent', 0, 16],
    ['one over, and the last is left out', 1, 15],
  ])('listBytes: %s', (_name, over, count) => {
    const lan = new HandLan()
    // In JSON, with a comma behind it.
    const bytes = LAN_LIMITS.listBytes / 16
    const userId = (ip: string, length: number): string => `${'u'.repeat(length - 3 - ip.length - 1)}@${ip}`
    const foreign = (ip: string, length: number): LsnpMessage => ({
      type: 'PING',
      userId: userId(ip, length),
    })
    lan.receive(foreign(MAI, bytes), AT - 1_000)
    lan.receive(foreign(MAI, bytes), AT)
    for (let n = 1; n < 15; n++) lan.receive(foreign(host(n), bytes), AT, host(n))
    lan.receive(foreign(host(15), bytes + over), AT, host(15))
    lan.pay(AT + 4_000)
    lan.receive({ type: 'PEER_LIST_REQUEST', from: userId(MAI, bytes) }, AT + 5_000)
    expect(lan.last('PEER_LIST_RESPONSE').peers).toHaveLength(count)
  })
})

describe('what answers cost', () => {
  test('credit: it grows up to the limit', () => {
    const credit = new AnswerCredit()
    credit.earn(MAI, LAN_LIMITS.credit + 1, AT)
    expect(credit.spend(MAI, LAN_LIMITS.credit + 1)).toBe(false)
    expect(credit.spend(MAI, LAN_LIMITS.credit)).toBe(true)
    expect(credit.spend(MAI, 1)).toBe(false)
  })

  test('creditors: one over, and the one goes that was silent longest', () => {
    const credit = new AnswerCredit()
    for (let n = 0; n < LAN_LIMITS.creditors; n++) credit.earn(`${n}`, 1, AT)
    credit.earn('0', 1, AT)
    expect(credit.size).toBe(LAN_LIMITS.creditors)
    credit.earn('one over', 1, AT)
    expect(credit.size).toBe(LAN_LIMITS.creditors)
    expect([credit.left('0'), credit.left('1'), credit.left('2')]).toEqual([2, 0, 1])
  })

  test.each([
    ['at the limit', 0, 1],
    ['one less', -1, 0],
  ])('helloBytes: %s', (_name, difference, asked) => {
    const lan = new HandLan()
    lan.receive({ type: 'PING', userId: TO_MAI, node: hexId(1), httpPort: 8600, reply: false }, AT)
    for (let at = AT; at < AT + LAN_TIMES.byHttp; at += 1_000) lan.tick(at)
    const left = lan.balance.get(MAI) ?? 0
    lan.receive('x'.repeat(LAN_LIMITS.helloBytes - left + difference), AT + LAN_TIMES.byHttp - 1)
    lan.tick(AT + LAN_TIMES.byHttp)
    expect(lan.eventsOf('unproved')).toHaveLength(asked)
  })

  test.each([
    ['at the limit', 0, true],
    ['one over', 1, false],
  ])('silent, bytes at once to who never answered: %s', (_name, over, isSent) => {
    const lan = new HandLan()
    lan.pay(AT)
    lan.receive(foreignPing(), AT)
    const { burst, perSecond } = LAN_LIMITS.silent
    const write = (n: number, length: number, at: number): void => {
      lan.command({ kind: 'dm', id: hexId(n), to: TO_MAI, text: 'x'.repeat(length) }, at)
    }
    write(1, 8_000, AT)
    const size = lan.lastBytes - 8_000
    write(2, burst - 8_000 - 2 * size + over, AT)
    expect(lan.eventsOf('sent').map(({ ok }) => ok)).toEqual(isSent ? [] : [false])
    if (!isSent) return
    write(3, perSecond - size + 1, AT + 1_000)
    expect(lan.eventsOf('sent').at(-1)).toMatchObject({ id: hexId(3), ok: false })
  })

  test.each([
    ['at the limit', 0, true],
    ['one over', 1, false],
  ])('smallestBuffer, bytes of a message in a group with its text twice: %s', (_name, over, isTwice) => {
    const lan = new HandLan()
    lan.receive(foreignPing(), AT)
    /** The bytes of such a message, in a group whose name has so many letters. */
    const say = (id: number, nameLength: number, length: number): number => {
      const group = `g${id}`
      const name = 'n'.repeat(nameLength)
      lan.command({ kind: 'group-create', id: group, name, members: [TO_MAI] }, AT)
      lan.command({ kind: 'group-message', id: hexId(id), group, text: 'x'.repeat(length) }, AT)
      return lan.lastBytes
    }
    // Three letters are four in base64.
    const room = LAN_LIMITS.smallestBuffer - (say(1, 1, 3) - 7)
    const letters = 3 * Math.floor(room / 7)
    const bytes = say(2, 1 + (room % 7) + over, letters)
    const line = `MESSAGE: ${'eHh4'.repeat(letters / 3)}\n`.length
    expect(bytes).toBe(LAN_LIMITS.smallestBuffer + over - (isTwice ? 0 : line))
    expect(lan.last('GROUP_MESSAGE').content).toHaveLength(letters)
  })

  test('askedOnce: one over, and the oldest is forgotten', () => {
    const lan = new HandLan()
    lan.pay(AT)
    lan.receive(foreignPing(), AT)
    lan.receive(foreignPing('10.77.0.12'), AT, '10.77.0.12')
    const end = AT + LAN_LIMITS.askedOnce * 100
    for (let n = 0; n <= LAN_LIMITS.askedOnce; n++) {
      const to = n === 0 ? 'mai@10.77.0.12' : TO_MAI
      lan.command({ kind: 'dm', id: hexId(n), to, text: 'hi' }, AT + n * 100)
    }
    expect(lan.sent.filter(({ type }) => type === 'DM')).toHaveLength(LAN_LIMITS.askedOnce + 1)
    lan.receive({ type: 'ACK', messageId: hexId(0), status: 'RECEIVED' }, end, '10.77.0.12')
    lan.receive({ type: 'ACK', messageId: hexId(1), status: 'RECEIVED' }, end)
    expect(lan.node.peers.map(({ ip, isProved }) => [ip, isProved])).toEqual([
      [MAI, true],
      ['10.77.0.12', false],
    ])
  })
})

describe('the rhythm of another program', () => {
  test('intervals: what was longer before is forgotten', () => {
    const rhythm = new LanRhythm()
    for (const at of [0, 60_000, 120_000]) rhythm.note(at)
    const note = (count: number): void => {
      for (let n = 1; n <= count; n++) rhythm.note(120_000 + n * 10_000)
    }
    note(LAN_LIMITS.intervals - 2)
    expect(rhythm.lease).toBeCloseTo(3.3 * 60_000)
    note(0)
    for (let n = LAN_LIMITS.intervals - 1; n <= LAN_LIMITS.intervals; n++) rhythm.note(120_000 + n * 10_000)
    expect(rhythm.lease).toBeCloseTo(3.3 * 10_000)
  })
})

describe('rates', () => {
  /** How many of so many datagrams are read. */
  function read(
    lan: HandLan,
    count: number,
    at: number,
    hostOf: (index: number) => string,
    datagram: LsnpMessage | string = foreignPing(),
  ): number {
    const dropped = (): number =>
      [...lan.node.dropped].reduce(
        (sum, [reason, each]) => (reason.startsWith('too many') ? sum + each : sum),
        0,
      )
    const before = dropped()
    for (let n = 0; n < count; n++) lan.receive(datagram, at, hostOf(n))
    return count - (dropped() - before)
  }

  test('perHost', () => {
    const lan = new HandLan()
    const { burst, perSecond } = LAN_LIMITS.perHost
    expect(read(lan, burst + 1, AT, () => MAI)).toBe(burst)
    expect(read(lan, perSecond + 1, AT + 1_000, () => MAI)).toBe(perSecond)
  })

  test('total', () => {
    const lan = new HandLan()
    const { burst, perSecond } = LAN_LIMITS.total
    expect(read(lan, burst + 1, AT, host)).toBe(burst)
    expect(read(lan, perSecond + 1, AT + 1_000, host)).toBe(perSecond)
  })

  const chunk = `TYPE:FILE_CHUNK\nFROM:mai@${MAI}\nFILEID:1\nCHUNK_INDEX:0\nDATA:AAAA\n\n`

  test('fileDataPerHost', () => {
    const lan = new HandLan()
    const { burst, perSecond } = LAN_LIMITS.fileDataPerHost
    expect(read(lan, burst + 1, AT, () => MAI, chunk)).toBe(burst)
    expect(read(lan, perSecond + 1, AT + 1_000, () => MAI, chunk)).toBe(perSecond)
  })

  test('fileDataTotal', () => {
    const lan = new HandLan()
    const { burst, perSecond } = LAN_LIMITS.fileDataTotal
    // From everywhere, with nothing in it that makes a peer.
    const nobody = chunk.replace(/FROM.*\n/, '')
    const lost = (): number => lan.node.dropped.get('too many datagrams') ?? 0
    for (let n = 0; n <= burst; n++) lan.receive(nobody, AT, host(n))
    expect(lost()).toBe(1)
    for (let n = 0; n <= perSecond; n++) lan.receive(nobody, AT + 1_000, host(n))
    expect(lost()).toBe(2)
  })

  test('strangers', () => {
    const lan = new HandLan()
    let made = 0
    const answers = (count: number, at: number): number => {
      let answered = 0
      for (let n = 0; n < count; n++) {
        if (n % 4 === 0) lan.pay(at)
        answered += lan.receive(parleyPing(++made), at).length
      }
      return answered
    }
    const { burst, perSecond } = LAN_LIMITS.strangers
    expect(answers(burst + 1, AT)).toBe(burst)
    expect(answers(2, AT + 1_000 / perSecond - 1)).toBe(0)
    expect(answers(2, AT + 1_000 / perSecond)).toBe(1)
  })

  test('many: from this number on, answers are spread', () => {
    const lan = new HandLan()
    for (let n = 1; n < LAN_LIMITS.many; n++) {
      lan.pay(AT, host(n))
      expect(lan.receive(parleyPing(n, host(n)), AT, host(n))).toEqual([`PROFILE to ${host(n)}`])
    }
    expect(lan.receive(parleyPing(LAN_LIMITS.many), AT)).toEqual([])
  })
})
