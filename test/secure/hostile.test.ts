/** What a dishonest end may do to a secure connection: nothing is answered, and nothing waits for it. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SYSTEM } from '../../src/http/transport/platform.ts'
import { TCP } from '../../src/http/transport/tcp.ts'
import { ManualClock } from '../support/clock.ts'
import { RawSocket } from '../support/raw-socket.ts'
import { CipherState } from '../../src/noise/cipher-state.ts'
import { RecordWriter } from '../../src/noise/records.ts'
import { SECURE_LIMITS } from '../../src/secure/limits.ts'
import { SecureTransport } from '../../src/secure/secure-transport.ts'
import { MemoryTransport, Recorder, settled } from './pair.ts'
import { WHO, alice, asking, bobAt, connected, serving, speaking, whoAsks } from './by-hand.ts'

const request = (message = alice.begin('initiator').writeFirst(), more = ''): string =>
  'GET /p2p/secure HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: parley-noise/1\r\n' +
  `Sec-Parley-Noise: ${message.toString('base64url')}\r\n${more}\r\n`

const isSwitched = (received: string): boolean => received.endsWith('\r\n\r\n')

describe('before message 3', () => {
  test('bytes behind the head are refused with 400, and the connection is closed', async () => {
    const server = await serving()
    await using raw = await RawSocket.connect(server.address.port)
    await raw.send(`${request()}x`)
    expect(await raw.untilEnd()).toMatch(/^HTTP\/1\.1 400 [^]*Connection: close\r\n/)
  })

  test('a connection that has carried another request is not switched', async () => {
    const server = await serving()
    await using raw = await RawSocket.connect(server.address.port)
    await raw.send('GET /who HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
    await raw.until((received) => received.includes('"port"'))
    await raw.send(request())
    expect(await raw.untilEnd()).toContain('HTTP/1.1 400 ')
  })

  test('any bytes in place of it: nothing is said, and the connection is gone', async () => {
    const server = await serving()
    const random = fc.uint8Array({ minLength: 165, maxLength: 400 })
    const ofItsLength = fc.uint8Array({ minLength: 163, maxLength: 163 }).map((bytes) => [0, 163, ...bytes])
    await fc.assert(
      fc.asyncProperty(fc.oneof(random, ofItsLength), async (bytes) => {
        await using raw = await RawSocket.connect(server.address.port)
        await raw.send(request())
        const answered = await raw.until(isSwitched)
        await raw.send(Buffer.from(bytes).toString('latin1'))
        expect(await raw.untilEnd()).toBe(answered)
      }),
      { numRuns: 40 },
    )
    await expect.poll(() => server.connections).toBe(0)
  })

  test('five seconds from the connection, whatever was sent in between: then it ends without a word', async () => {
    const clock = new ManualClock()
    let failed = 0
    const platform = { network: TCP, clock }
    const server = await serving(platform, { onFailed: () => failed++ })
    await using raw = await RawSocket.connect(server.address.port)
    await expect.poll(() => server.connections).toBe(1)
    await clock.advance(3_000)
    await raw.send(request())
    const answered = await raw.until(isSwitched)
    await raw.send('\0')
    await clock.advance(SECURE_LIMITS.within - 3_000 - 1)
    expect(server.connections).toBe(1)
    await clock.advance(1)
    expect(await raw.untilEnd()).toBe(answered)
    await expect.poll(() => failed).toBe(1)
  })

  test('its FIN is an end without a word', async () => {
    const server = await serving()
    await using raw = await RawSocket.connect(server.address.port)
    await raw.send(request())
    const answered = await raw.until(isSwitched)
    raw.finish()
    expect(await raw.untilEnd()).toBe(answered)
    await expect.poll(() => server.connections).toBe(0)
  })
})

describe('after it', () => {
  test('any bytes in place of a record: nothing is said, and the connection is gone', async () => {
    const server = await serving()
    const garbage = fc.uint8Array({ minLength: 2, maxLength: 300 }).map((bytes) => {
      const whole = Buffer.from(bytes)
      // A length that is here whole, or one that is too short for a record.
      whole.writeUInt16BE(whole.length - 2)
      return whole
    })
    await fc.assert(
      fc.asyncProperty(garbage, async (bytes) => {
        const { below, seen } = await connected(server.address)
        below.write(bytes)
        await expect.poll(() => seen.events.at(-1)).toBe('closed')
        expect(seen.events).toEqual(['closed'])
      }),
      { numRuns: 25 },
    )
    await expect.poll(() => server.connections).toBe(0)
    expect(await whoAsks(asking(), bobAt(server))).toMatchObject({ id: alice.keys.id })
  })

  test('a close record ends the stream: what was asked before is answered', async () => {
    const server = await serving()
    const { secure, seen } = await connected(server.address)
    secure.write('GET /who HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
    secure.end()
    await expect.poll(() => seen.events.includes('ended')).toBe(true)
    expect(seen.text).toContain(alice.keys.id)
    await expect.poll(() => server.connections).toBe(0)
  })

  test('a FIN without it is no end: half a request is not answered', async () => {
    const server = await serving()
    const { secure, below, seen } = await connected(server.address)
    secure.write('GET /who HTTP/1.1\r\n')
    below.end()
    await expect.poll(() => seen.events.at(-1)).toBe('closed')
    expect(seen.chunks).toEqual([])
  })
})

describe('a record that has begun', () => {
  /** Bob's end over memory, and the other end's records. */
  function established() {
    const [near, far] = MemoryTransport.pair()
    const clock = new ManualClock()
    const seen = new Recorder()
    const secure = new SecureTransport(near, clock, SECURE_LIMITS.wear)
    const keyed = () => new CipherState(Buffer.alloc(32, 7))
    secure.attach(seen)
    secure.establish(
      { send: keyed(), receive: keyed(), hash: Buffer.alloc(32) },
      { id: alice.keys.id, kind: 'peer' },
    )
    return { near, far, clock, seen, sealing: new RecordWriter(keyed()) }
  }

  async function sendSlowly(seconds: number, far: MemoryTransport, clock: ManualClock, bytes: Buffer) {
    for (let second = 0; second < seconds; second++) {
      far.write(bytes.subarray(second, second + 1))
      await settled()
      clock.advanceSync(1_000)
    }
  }

  test('must be whole in ten seconds; its pieces extend nothing', async () => {
    const { near, far, clock, seen, sealing } = established()
    await sendSlowly(9, far, clock, sealing.seal('late'))
    clock.advanceSync(SECURE_LIMITS.record - 9_000 - 1)
    expect(near.isDestroyed).toBe(false)
    clock.advanceSync(1)
    await settled()
    expect(near.isDestroyed).toBe(true)
    expect(seen.error).toMatchObject({ name: 'RecordError' })
    expect(seen.chunks).toEqual([])
  })

  test('has its ten seconds, however many were before it', async () => {
    const { near, far, clock, seen, sealing } = established()
    for (const text of ['one', 'two', 'three']) {
      const bytes = sealing.seal(text)
      await sendSlowly(9, far, clock, bytes)
      far.write(bytes.subarray(9))
      await settled()
    }
    clock.advanceSync(1e9)
    expect(near.isDestroyed).toBe(false)
    expect(seen.text).toBe('onetwothree')
  })

  test('is not late while nothing is read here', async () => {
    const { near, far, clock, sealing } = established()
    await sendSlowly(1, far, clock, sealing.seal('held up'))
    near.pause()
    clock.advanceSync(60_000)
    expect(near.isDestroyed).toBe(false)
    near.resume()
    clock.advanceSync(10_000)
    expect(near.isDestroyed).toBe(true)
  })
})

describe('a server', () => {
  test.each<[string, Parameters<typeof speaking>[0]]>([
    [
      'whose answer has no length, and ends as it should',
      (secure) => {
        secure.write('HTTP/1.1 200 OK\r\n\r\nhalf of it')
        secure.end()
      },
    ],
    [
      'that sends its FIN in the middle of a body',
      (secure, below) => {
        secure.write('HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf of it')
        below.end()
      },
    ],
    [
      'that closes in the middle of a body',
      (secure) => {
        secure.write('HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf of it')
        secure.end()
      },
    ],
    [
      'that answers in clear',
      (_secure, below) => {
        below.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
        below.end()
      },
    ],
  ])('%s: the request has no answer', async (_name, speak) => {
    const server = await speaking(speak)
    await expect(asking().request(bobAt(server), WHO)).rejects.toMatchObject({
      name: 'ClientError',
      taken: false,
    })
  })

  test('that takes the request for a connection and says nothing: no proof in five seconds', async () => {
    const clock = new ManualClock()
    const silent = await TCP.listen(
      { host: '127.0.0.1', port: 0 },
      {
        failed: () => undefined,
        accept: (transport) => {
          transport.attach({
            connected: () => undefined,
            received: () => (isAsked = true),
            ended: () => undefined,
            drained: () => undefined,
            closed: () => undefined,
          })
        },
      },
    )
    let isAsked = false
    let failure: unknown
    asking({ network: SYSTEM.network, clock })
      .request(bobAt(silent), WHO)
      .catch((error: unknown) => (failure = error))
    await expect.poll(() => isAsked).toBe(true)
    await clock.advance(4_000)
    expect(failure).toBeUndefined()
    await clock.advance(1_300)
    await expect.poll(() => failure).toMatchObject({ code: 'timeout' })
    silent.close()
  })
})
