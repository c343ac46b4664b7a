/** Two ends meet: each proves who it is, or no byte of anything else goes over the wire. */
import { randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { KeyPair } from '../../src/identity/key-pair.ts'
import { DEFAULT_LIMITS, type Request } from '../../src/http/message.ts'
import { RequestParser } from '../../src/http/codec/request-parser.ts'
import { SecureSelf } from '../../src/secure/self.ts'
import { SecureError, connectSecurely, type SecureTarget } from '../../src/secure/initiator.ts'
import { SecureDoor } from '../../src/secure/door.ts'
import { SYSTEM_CLOCK } from '../../src/http/transport/clock.ts'
import { upgradeProblem } from '../../src/secure/upgrade.ts'
import { SecureTransport } from '../../src/secure/secure-transport.ts'
import type { TransportNetwork } from '../../src/http/transport/transport.ts'
import { MemoryTransport, Recorder, settled } from './pair.ts'

const ADDRESS = { host: '127.0.0.1', port: 8000 }
const self = (keys = new KeyPair(randomBytes(32)), kind: 'peer' | 'tracker' = 'peer') =>
  new SecureSelf({ keys, kind, random: randomBytes })

const CONTEXT = { signal: new AbortController().signal, remote: ADDRESS, local: ADDRESS }

/** A client and a server, as far as the handshake goes. */
class Meeting {
  readonly alice = self()
  readonly bob = self()
  door = new SecureDoor({ self: this.bob, clock: SYSTEM_CLOCK })
  readonly client: MemoryTransport
  readonly server: MemoryTransport
  readonly atClient = new Recorder()
  readonly atServer = new Recorder()
  /** Once the client has proved its key. */
  proved: SecureTransport | undefined
  /** How the server answers the request. */
  answer: (request: Request) => string | undefined = (request) => this.upgrade(request)

  constructor() {
    ;[this.client, this.server] = MemoryTransport.pair()
    const parser = new RequestParser(DEFAULT_LIMITS)
    this.server.attach({
      connected: () => undefined,
      drained: () => undefined,
      ended: () => undefined,
      closed: () => undefined,
      received: (chunk) => {
        parser.push(chunk)
        const request = parser.next()
        const answer = request === undefined ? undefined : this.answer(request)
        if (answer !== undefined) this.server.write(answer)
      },
    })
  }

  upgrade(request: Request): string | undefined {
    const { upgrade } = this.door.handle(request, CONTEXT)
    if (upgrade === undefined) return undefined
    this.server.write(`HTTP/1.1 101 Switching Protocols\r\n${upgrade.fields}\r\n`)
    void upgrade.take(this.server, 0).then((proved) => {
      if (!(proved?.transport instanceof SecureTransport)) return
      this.proved = proved.transport
      this.proved.attach(this.atServer)
    })
    return undefined
  }

  async run(target: Partial<SecureTarget> = {}): Promise<SecureTransport> {
    const network: TransportNetwork = {
      connect: () => this.client,
      listen: () => Promise.reject(new Error('not here')),
    }
    const secure = connectSecurely({ network, clock: SYSTEM_CLOCK }, this.alice, {
      address: ADDRESS,
      ...target,
    })
    secure.attach(this.atClient)
    this.client.open()
    await settled()
    return secure
  }

  /** Everything that the client sent. */
  get sent(): Buffer {
    return Buffer.concat(this.client.written)
  }
}

let meeting: Meeting
beforeEach(() => {
  meeting = new Meeting()
})

describe('an honest meeting', () => {
  test('tells each end who the other is', async () => {
    const secure = await meeting.run()
    expect(secure.other).toEqual({ id: meeting.bob.keys.id, kind: 'peer' })
    expect(meeting.proved?.other).toEqual({ id: meeting.alice.keys.id, kind: 'peer' })
    expect(meeting.atClient.events).toEqual(['connected'])
  })

  test('carries bytes both ways, and shows none of them on the wire', async () => {
    const secure = await meeting.run({ expected: meeting.bob.keys.id })
    secure.write('a secret of alice')
    meeting.proved?.write(Buffer.from('a secret of bob'))
    await settled()
    expect(meeting.atServer.text).toBe('a secret of alice')
    expect(meeting.atClient.text).toBe('a secret of bob')
    const wire = Buffer.concat([...meeting.client.written, ...meeting.server.written]).toString('latin1')
    expect(wire).not.toContain('secret')
    expect(wire).not.toContain(meeting.alice.keys.id)
    expect(wire).not.toContain(meeting.bob.keys.id)
  })

  test('sends what was written before it was done, in order', async () => {
    const running = meeting.run()
    const secure = await running
    const other = new Meeting()
    const early = connectSecurely(
      {
        network: { connect: () => other.client, listen: () => Promise.reject(new Error('not here')) },
        clock: SYSTEM_CLOCK,
      },
      other.alice,
      { address: ADDRESS },
    )
    early.attach(other.atClient)
    expect(early.write('one ')).toBe(false)
    early.write('two ')
    expect(early.unsent).toBe(8)
    other.client.open()
    await settled()
    early.write('three')
    await settled()
    expect(other.atServer.text).toBe('one two three')
    expect(secure.unsent).toBe(0)
  })

  test('ends when an end says so, and the other may go on', async () => {
    const secure = await meeting.run()
    secure.end()
    await settled()
    expect(meeting.atServer.events).toEqual(['ended'])
    meeting.proved?.write('still here')
    await settled()
    expect(meeting.atClient.text).toBe('still here')
  })

  test('takes message 3 and the first records in one chunk, or byte by byte', async () => {
    for (const isWhole of [true, false]) {
      const other = new Meeting()
      const held: Buffer[] = []
      other.client.alter = (bytes, number) => {
        if (number === 0) return bytes
        held.push(bytes)
        return undefined
      }
      const secure = await other.run()
      secure.write('first')
      const all = Buffer.concat(held)
      if (isWhole) other.server.deliver(all)
      else for (const byte of all) other.server.deliver(Buffer.of(byte))
      await settled()
      for (let more = 0; more < 12; more++) await settled()
      expect(other.atServer.text).toBe('first')
    }
  })
})

describe('nothing but the request is sent', () => {
  test.each<[string, string, string]>([
    ['404', 'HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}', 'not_offered'],
    ['400 without a length, at its end', 'HTTP/1.0 400 Bad Request\r\n\r\nno', 'not_offered'],
    [
      '101 of another protocol',
      'HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      'broken_handshake',
    ],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', 'broken_handshake'],
    ['a head without an end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(3_000)}`, 'broken_handshake'],
  ])('to a server that answers %s', async (_name, answer, code) => {
    meeting.answer = () => answer
    await meeting.run()
    meeting.client.finish()
    await settled()
    expect(meeting.atClient.error).toBeInstanceOf(SecureError)
    expect(meeting.atClient.error).toMatchObject({ code })
    expect(meeting.client.written).toHaveLength(1)
    expect(meeting.atClient.events).toEqual(['closed'])
  })

  test('to another end than the one that was meant: it does not even learn who asked', async () => {
    await meeting.run({ expected: new KeyPair(randomBytes(32)).id })
    expect(meeting.atClient.error).toMatchObject({ code: 'another_key' })
    expect(meeting.client.written).toHaveLength(1)
    expect(meeting.proved).toBeUndefined()
  })

  test('to an end that has our own key', async () => {
    const mirror = new Meeting()
    mirror.door = new SecureDoor({ self: mirror.alice, clock: SYSTEM_CLOCK })
    await mirror.run()
    expect(mirror.atClient.error).toMatchObject({ code: 'own_key' })
    expect(mirror.client.written).toHaveLength(1)
  })

  test('to a server that sends bytes behind its 101', async () => {
    meeting.server.alter = (bytes) => Buffer.concat([bytes, Buffer.of(0)])
    await meeting.run()
    expect(meeting.atClient.error).toMatchObject({ code: 'broken_handshake' })
    expect(meeting.client.written).toHaveLength(1)
  })

  test('to a server whose 101 comes twice', async () => {
    meeting.server.alter = (bytes) => Buffer.concat([bytes, bytes])
    await meeting.run()
    expect(meeting.atClient.error).toMatchObject({ code: 'broken_handshake' })
    expect(meeting.client.written).toHaveLength(1)
  })

  test.each<[string, (head: string) => string]>([
    ['without Connection', (head) => head.replace('Connection: Upgrade\r\n', '')],
    ['without Upgrade', (head) => head.replace(/Upgrade: parley[^\r]*\r\n/, '')],
    ['without message 2', (head) => head.replace(/Sec-Parley-Noise: [^\r]*\r\n/, '')],
    [
      'with Connection twice',
      (head) => head.replace('Connection: Upgrade', 'Connection: Upgrade\r\nConnection: Upgrade'),
    ],
    ['with Upgrade twice', (head) => head.replace('Upgrade: parley', 'Upgrade: h2c\r\nUpgrade: parley')],
    ['with message 2 twice', (head) => head.replace(/(Sec-Parley-Noise: [^\r]*\r\n)/, '$1$1')],
    ['with message 2 cut', (head) => head.replace(/(Sec-Parley-Noise: [^\r]*).\r\n/, '$1\r\n')],
    ['in HTTP/1.0', (head) => head.replace('HTTP/1.1', 'HTTP/1.0')],
    ['with another status', (head) => head.replace('101', '200')],
    ['with a length', (head) => head.replace('Upgrade: parley', 'Content-Length: 0\r\nUpgrade: parley')],
  ])('to a 101 %s', async (_name, alter) => {
    meeting.server.alter = (bytes) => Buffer.from(alter(bytes.toString('latin1')), 'latin1')
    await meeting.run()
    meeting.client.finish()
    await settled()
    expect(meeting.client.written).toHaveLength(1)
    expect(meeting.atClient.events).toEqual(['closed'])
    expect(meeting.atClient.error).toBeInstanceOf(SecureError)
  })

  test('to a 101 of which one character is altered, whichever of message 2', async () => {
    for (let at = 0; at < 260; at += 7) {
      const other = new Meeting()
      other.server.alter = (bytes) => {
        const head = bytes.toString('latin1')
        const start = head.indexOf('Noise: ') + 7 + at
        const altered = head[start] === 'A' ? 'B' : 'A'
        return Buffer.from(head.slice(0, start) + altered + head.slice(start + 1), 'latin1')
      }
      await other.run()
      expect(other.client.written, `character ${at}`).toHaveLength(1)
      expect(other.atClient.error).toMatchObject({ code: 'broken_handshake' })
    }
  })

  test('to a 101 that was recorded in an earlier meeting', async () => {
    const earlier = new Meeting()
    await earlier.run()
    const [recorded = Buffer.alloc(0)] = earlier.server.written
    meeting.answer = () => recorded.toString('latin1')
    await meeting.run()
    expect(meeting.atClient.error).toMatchObject({ code: 'broken_handshake' })
    expect(meeting.client.written).toHaveLength(1)
  })
})

describe('a server serves nobody', () => {
  /** What the client sends instead of its message 3. */
  async function withThird(alter: (bytes: Buffer) => Buffer): Promise<void> {
    meeting.client.alter = (bytes, number) => (number === 1 ? alter(bytes) : bytes)
    await meeting.run()
  }

  test.each<[string, (bytes: Buffer) => Buffer]>([
    [
      'an altered message 3',
      (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.of((bytes.at(-1) ?? 0) ^ 1)]),
    ],
    ['an altered length', (bytes) => Buffer.concat([Buffer.of(0, 162), bytes.subarray(2)])],
    ['HTTP in clear', () => Buffer.from('POST /p2p/receive HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['a close record in its place', () => Buffer.alloc(100)],
  ])('that sends %s', async (_name, alter) => {
    await withThird(alter)
    expect(meeting.proved).toBeUndefined()
    expect(meeting.server.isDestroyed).toBe(true)
    expect(meeting.server.written).toHaveLength(1)
  })

  test('that ends within the handshake', async () => {
    await withThird((bytes) => bytes.subarray(0, 100))
    expect(meeting.proved).toBeUndefined()
    meeting.server.finish()
    await settled()
    expect(meeting.server.isDestroyed).toBe(true)
  })

  test('that repeats a recorded message 1 and 3', async () => {
    const earlier = new Meeting()
    await earlier.run()
    const [request = Buffer.alloc(0), third = Buffer.alloc(0)] = earlier.client.written
    meeting.server.deliver(request)
    meeting.server.deliver(third)
    await settled()
    expect(meeting.proved).toBeUndefined()
    expect(meeting.server.isDestroyed).toBe(true)
  })

  test('whose message 1 is a point of small order', () => {
    expect(() => meeting.door.handle(requestWith(Buffer.alloc(32).toString('base64url')), CONTEXT)).toThrow(
      'no key',
    )
  })
})

describe('after the handshake', () => {
  test('an end of the stream without the last record is an error, and no end', async () => {
    const secure = await meeting.run()
    secure.write('half of')
    await settled()
    meeting.server.finish()
    await settled()
    expect(meeting.atServer.events).toEqual(['received', 'closed'])
    expect(meeting.atServer.error).toMatchObject({ code: 'ETRUNCATED' })
  })

  test('an altered record ends the connection, and nothing after it is delivered', async () => {
    meeting.client.alter = (bytes, number) =>
      number === 2 ? Buffer.concat([bytes.subarray(0, -1), Buffer.of((bytes.at(-1) ?? 0) ^ 1)]) : bytes
    const secure = await meeting.run()
    secure.write('altered')
    secure.write('genuine')
    await settled()
    expect(meeting.atServer.events).toEqual(['closed'])
    expect(meeting.server.isDestroyed).toBe(true)
  })

  test('without room nothing is sealed, and what waits makes one record', async () => {
    const secure = await meeting.run()
    meeting.client.hasRoom = false
    expect(secure.write('a')).toBe(false)
    const before = meeting.client.written.length
    const taken: string[] = []
    secure.write('b', () => taken.push('b'))
    secure.write('c', () => taken.push('c'))
    expect(meeting.client.written).toHaveLength(before)
    expect(secure.unsent).toBe(2)
    meeting.client.hasRoom = true
    meeting.client.holder?.drained()
    expect(meeting.client.written).toHaveLength(before + 1)
    await settled()
    expect(meeting.atServer.text).toBe('abc')
    expect(taken).toEqual(['b', 'c'])
    expect(meeting.atClient.events).toContain('drained')
  })

  test('the end waits for what waits', async () => {
    const secure = await meeting.run()
    meeting.client.hasRoom = false
    secure.write('a')
    secure.write('b')
    secure.end()
    expect(meeting.client.isEnded).toBe(false)
    meeting.client.hasRoom = true
    meeting.client.holder?.drained()
    await settled()
    expect(meeting.client.isEnded).toBe(true)
    expect(meeting.atServer.text).toBe('ab')
    expect(meeting.atServer.events.at(-1)).toBe('ended')
  })
})

const GOOD = [
  'GET /p2p/secure HTTP/1.1',
  'Host: 127.0.0.1:8000',
  'Connection: Upgrade',
  'Upgrade: parley-noise/1',
  `Sec-Parley-Noise: ${randomBytes(32).toString('base64url')}`,
]

function parse(lines: readonly string[], body = ''): Request {
  const parser = new RequestParser(DEFAULT_LIMITS)
  parser.push(Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1'))
  const request = parser.next()
  if (request === undefined) throw new Error('no request')
  return request
}

function requestWith(...messages: readonly string[]): Request {
  return parse([...GOOD.slice(0, 4), ...messages.map((each) => `Sec-Parley-Noise: ${each}`)])
}

describe('a request for a secure connection', () => {
  test('is one', () => {
    expect(upgradeProblem(parse(GOOD))).toBeUndefined()
  })

  test.each<[string, readonly string[], string?]>([
    ['POST', ['POST /p2p/secure HTTP/1.1', ...GOOD.slice(1), 'Content-Length: 0']],
    ['HTTP/1.0', ['GET /p2p/secure HTTP/1.0', ...GOOD.slice(1)]],
    ['a query', ['GET /p2p/secure?x HTTP/1.1', ...GOOD.slice(1)]],
    ['a body', [...GOOD, 'Content-Length: 1'], 'x'],
    ['a length of none', [...GOOD, 'Content-Length: 0']],
    ['an Origin', [...GOOD, 'Origin: http://127.0.0.1:8000']],
    ['Sec-Fetch-Site', [...GOOD, 'Sec-Fetch-Site: same-origin']],
    ['another Upgrade', [...GOOD.slice(0, 3), 'Upgrade: websocket', ...GOOD.slice(4)]],
    ['Upgrade twice', [...GOOD, 'Upgrade: parley-noise/1']],
    ['two protocols', [...GOOD.slice(0, 3), 'Upgrade: parley-noise/1, h2c', ...GOOD.slice(4)]],
    ['Connection with more', [...GOOD.slice(0, 2), 'Connection: Upgrade, keep-alive', ...GOOD.slice(3)]],
    ['no Connection', [...GOOD.slice(0, 2), ...GOOD.slice(3)]],
  ])('with %s is none', (_name, lines, body) => {
    expect(upgradeProblem(parse(lines, body))).toBeTypeOf('string')
  })

  test.each([
    ['none', []],
    ['two', ['AAAA', 'AAAA']],
    ['one byte less', [randomBytes(31).toString('base64url')]],
    ['one byte more', [randomBytes(33).toString('base64url')]],
    ['another spelling', [`${Buffer.alloc(32).toString('base64url').slice(0, -1)}B`]],
    ['padding', [Buffer.alloc(32).toString('base64')]],
  ])('with %s for message 1 is answered by no handshake', (_name, messages) => {
    expect(() => meeting.door.handle(requestWith(...messages), CONTEXT)).toThrow('32 bytes in base64url')
  })
})
