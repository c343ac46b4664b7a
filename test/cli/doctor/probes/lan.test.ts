/** The probe of the LAN, with real sockets on loopback, on ports that no other program has. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { probeLan, type LanProbeOptions } from '../../../../src/cli/doctor/probes/lan.ts'
import { systemClock } from '../../../../src/cli/system/clock.ts'
import { decode } from '../../../../src/udp/lsnp/codec.ts'
import { knows, startPeer } from '../../../support/peers.ts'
import { lanPorts, LOCALHOST, occupy } from '../../../udp/node/double.ts'
import { until } from '../../../support/wait.ts'
import { LO_NETWORK } from '../samples.ts'
import type { HeardPeer } from '../../../../src/cli/doctor/findings.ts'
import type { Datagrams, LanSocketsOptions } from '../../../../src/udp/socket.ts'

const FROM = { host: LOCALHOST, port: 8123 }

function options(different: Partial<LanProbeOptions> = {}): LanProbeOptions {
  return {
    networks: [LO_NETWORK],
    httpPort: 8999,
    listen: 400,
    canHear: true,
    ownNode: undefined,
    clock: systemClock,
    random: Math.random,
    onHeard: () => undefined,
    ...different,
  }
}

/** Sockets that record what is sent, and receive what a test sends. */
class FakeSockets implements Datagrams {
  readonly ownPort = 8_001
  readonly problems: readonly string[] = []
  readonly sent: { readonly to: string; readonly bytes: Buffer }[] = []
  closed = false
  #options: LanSocketsOptions | undefined

  open = (given: LanSocketsOptions): Promise<Datagrams> => {
    this.#options = given
    return Promise.resolve(this)
  }

  hear(bytes: Buffer | string, from = FROM): void {
    this.#options?.onDatagram(Buffer.from(bytes), from)
  }

  fail(sentence: string): void {
    this.#options?.onError(new Error(sentence))
  }

  setOwnAddresses(): void {
    // What comes from ourselves is what we are waiting for.
  }

  send(to: { host: string; port: number }, bytes: Buffer): void {
    this.sent.push({ to: `${to.host}:${to.port}`, bytes })
  }

  close(): Promise<void> {
    this.closed = true
    return Promise.resolve()
  }

  /** Types of the datagrams sent, with the relevant fields. */
  get said(): string[] {
    return this.sent.map(({ to, bytes }) => {
      const decoded = decode(bytes)
      if (!decoded.ok) return decoded.reason
      const { message } = decoded
      const isGoodbye = message.type === 'PING' && message.leaving === true
      return `${message.type}${isGoodbye ? ' leaving' : ''} to ${to}`
    })
  }
}

/** The finding after these datagrams. */
async function heardOf(datagrams: readonly (Buffer | string)[], from = FROM): Promise<readonly HeardPeer[]> {
  const sockets = new FakeSockets()
  const hearing = probeLan(options({ listen: 20, openSockets: sockets.open }))
  await Promise.resolve()
  for (const bytes of datagrams) sockets.hear(bytes, from)
  return (await hearing).heard
}

const PROFILE = 'TYPE: PROFILE\nUSER_ID: bob@127.0.0.1\nDISPLAY_NAME: Bob\nSTATUS: here\n'
const OURS = `${PROFILE}NODE: ${'b'.repeat(16)}\nHTTP_PORT: 8000\n\n`

describe('on real sockets', () => {
  test('the own broadcast comes back, and a peer answers that would not announce itself for a while', async () => {
    const { discoveryPort, announcePort, firstPort, lastPort } = await lanPorts()
    const ports = { discoveryPort, announcePort, firstPort, lastPort }
    const bob = await startPeer({ name: 'bob', lan: { interfaces: ['lo'], ports } })
    // The announcements of its start are over when a second peer knows it.
    const carol = await startPeer({ name: 'carol', lan: { interfaces: ['lo'], ports } })
    await knows(carol, 'general', ['bob'])
    const told: string[] = []
    const { echoes, heard } = await probeLan(
      options({ ...ports, ownPort: 0, onHeard: ({ name }) => told.push(name) }),
    )
    expect(echoes).toEqual([{ ...LO_NETWORK, isHeard: true, problem: undefined }])
    expect(heard.map(({ name, httpPort }) => `${name} ${httpPort ?? 0}`).sort()).toEqual([
      `bob ${bob.peer.address.port}`,
      `carol ${carol.peer.address.port}`,
    ])
    expect(told.sort()).toEqual(['bob', 'carol'])
    // No peer shows the doctor in a channel, and after the goodbye no peer knows it.
    expect(JSON.stringify(bob.events)).not.toContain('parley-doctor')
    await until(() => bob.peer.peers.every(({ name }) => name !== 'parley-doctor'), 'bob forgets us')
  })

  test('where the port cannot be heard, nothing is said of what came back', async () => {
    const ports = await lanPorts()
    const { echoes } = await probeLan(options({ ...ports, canHear: false, listen: 50 }))
    expect(echoes).toEqual([])
  })
})

test('the error of the sockets is the finding', async () => {
  const { discoveryPort, announcePort, firstPort } = await lanPorts()
  await occupy(firstPort)
  const ports = { discoveryPort, announcePort, firstPort, lastPort: firstPort }
  expect(await probeLan(options(ports))).toEqual({
    listened: 0,
    echoes: [],
    heard: [],
    problem: `None of the UDP ports ${firstPort} to ${firstPort} is free`,
  })
})

describe('datagrams sent', () => {
  test('an unexpected ACK and a PING, repeated in case they are lost; in the end a goodbye', async () => {
    const sockets = new FakeSockets()
    const { echoes } = await probeLan(options({ openSockets: sockets.open }))
    const everybody = '127.255.255.255:50999'
    expect(sockets.said).toEqual([
      ...[`ACK to ${everybody}`, `PING to ${everybody}`, `ACK to ${everybody}`, `PING to ${everybody}`],
      `PING leaving to ${everybody}`,
    ])
    expect(sockets.closed).toBe(true)
    expect(echoes).toEqual([{ ...LO_NETWORK, isHeard: false, problem: undefined }])
  })

  test('without an HTTP port there is no PING: peers would show the doctor as a user', async () => {
    const sockets = new FakeSockets()
    await probeLan(options({ openSockets: sockets.open, httpPort: undefined, listen: 50 }))
    expect(sockets.said).toEqual(['ACK to 127.255.255.255:50999'])
  })

  test('the PING names no channel', async () => {
    const sockets = new FakeSockets()
    await probeLan(options({ openSockets: sockets.open, listen: 50 }))
    const ping = sockets.sent.map(({ bytes }) => bytes.toString()).find((text) => text.includes('PING'))
    expect(ping).toContain('HTTP_PORT: 8999')
    expect(ping).not.toContain('CHANNELS')
  })

  test('what comes back is known by its id; a failure by where it was to go', async () => {
    const sockets = new FakeSockets()
    const hearing = probeLan(options({ openSockets: sockets.open, listen: 200 }))
    await until(() => sockets.sent.length > 0, 'something is sent')
    sockets.hear('TYPE: ACK\nMESSAGE_ID: 0000000000000000\nSTATUS: RECEIVED\n\n')
    sockets.hear(sockets.sent[0]?.bytes ?? '')
    sockets.fail('Nothing can be sent to 127.255.255.255:50999 by UDP (EPERM)')
    expect((await hearing).echoes).toEqual([
      {
        ...LO_NETWORK,
        isHeard: true,
        problem: 'Nothing can be sent to 127.255.255.255:50999 by UDP (EPERM)',
      },
    ])
  })
})

describe('peers heard', () => {
  test.each<[name: string, datagram: string, heard: object[]]>([
    ['our own kind', OURS, [{ name: 'Bob', httpPort: 8000, node: 'b'.repeat(16) }]],
    ['who takes datagrams only', `${PROFILE}\n`, [{ name: 'Bob', httpPort: undefined, node: undefined }]],
    ['a PING', 'TYPE: PING\nUSER_ID: mai@127.0.0.1\n\n', [{ name: 'mai', httpPort: undefined }]],
    [
      'a PEER_DISCOVERY of the first programs',
      'TYPE:PEER_DISCOVERY\nUSER_ID:zed@127.0.0.1\nPORT:8604\n\n',
      [{ name: 'zed', httpPort: undefined, node: undefined }],
    ],
    [
      'our own kind, whose PING is a PEER_DISCOVERY in the other dialect',
      `TYPE: PING\nUSER_ID: bob@127.0.0.1\nNODE: ${'b'.repeat(16)}\nHTTP_PORT: 8000\nTYPE:PEER_DISCOVERY\nUSER_ID:bob@127.0.0.1\nPORT:8000\n\n`,
      [{ name: 'bob', httpPort: 8000, node: 'b'.repeat(16) }],
    ],
    ['the other family', '{"ip":"127.0.0.1","port":8005,"name":"dora"}', [{ name: 'dora', httpPort: 8005 }]],
    ['a port that is none of a peer', OURS.replace('8000', '22'), [{ name: 'Bob', httpPort: undefined }]],
    ['JSON with such a port', '{"port":22,"name":"dora"}', []],
    ['JSON without a name', '{"port":8005}', []],
    ['a goodbye', `TYPE: PING\nUSER_ID: bob@127.0.0.1\nNODE: ${'b'.repeat(16)}\nLEAVING: yes\n\n`, []],
    ['something else', 'TYPE: POST\nUSER_ID: bob@127.0.0.1\nCONTENT: hi\n\n', []],
    ['noise', '\0\xff', []],
  ])('%s', async (_name, datagram, heard) => {
    expect(await heardOf([datagram, datagram])).toMatchObject(heard)
    expect(await heardOf([datagram])).toHaveLength(heard.length)
  })

  const DISCOVERY = 'TYPE:PEER_DISCOVERY\nUSER_ID:bob@127.0.0.1\nPORT:8123\n\n'
  const JSON_FORM = '{"ip":"127.0.0.1","port":8000,"name":"Bob"}'
  const BOB = { name: 'Bob', httpPort: 8000, node: 'b'.repeat(16) }

  test.each<[name: string, datagrams: string[], heard: object[]]>([
    ['as JSON', [OURS, JSON_FORM], [BOB]],
    ['as JSON, before', [JSON_FORM, OURS], [BOB]],
    ['as PEER_DISCOVERY', [OURS, DISCOVERY], [BOB]],
    ['as PEER_DISCOVERY, before', [DISCOVERY, OURS], [BOB]],
    ['in both', [DISCOVERY, JSON_FORM, OURS, DISCOVERY, JSON_FORM], [BOB]],
  ])(
    'one of our own kind that also speaks another dialect is one line: %s',
    async (_name, datagrams, heard) => {
      const found = await heardOf(datagrams)
      expect(found).toHaveLength(heard.length)
      expect(found).toMatchObject(heard)
    },
  )

  test('foreign LSNP programs beside a Parley peer on the same host', async () => {
    const sockets = new FakeSockets()
    const hearing = probeLan(options({ listen: 20, openSockets: sockets.open }))
    await Promise.resolve()
    sockets.hear(OURS)
    sockets.hear('TYPE: PING\nUSER_ID: mai@127.0.0.1\n\n', { host: LOCALHOST, port: 50_999 })
    sockets.hear('{"ip":"127.0.0.1","port":8005,"name":"dora"}', { host: LOCALHOST, port: 9_002 })
    expect((await hearing).heard.map(({ name }) => name)).toEqual(['Bob', 'mai', 'dora'])
  })

  test('not the own peer in another dialect', async () => {
    const sockets = new FakeSockets()
    const hearing = probeLan(options({ listen: 20, openSockets: sockets.open, ownNode: 'b'.repeat(16) }))
    await Promise.resolve()
    for (const datagram of [JSON_FORM, DISCOVERY, OURS]) sockets.hear(datagram)
    expect((await hearing).heard).toEqual([])
  })

  test('no peer of a network that was not chosen', async () => {
    expect(await heardOf([OURS], { host: '192.0.2.7', port: 8000 })).toEqual([])
  })

  test('not the own peer', async () => {
    const sockets = new FakeSockets()
    const hearing = probeLan(options({ listen: 20, openSockets: sockets.open, ownNode: 'b'.repeat(16) }))
    await Promise.resolve()
    sockets.hear(OURS)
    expect((await hearing).heard).toEqual([])
  })

  test('256 at most', async () => {
    const crowd = Array.from({ length: 300 }, (_, index) => OURS.replace('bbbb', String(1000 + index)))
    expect(await heardOf(crowd)).toHaveLength(256)
  })

  test('any bytes, without a mistake', async () => {
    const [any = []] = fc.sample(
      fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 500, maxLength: 500 }),
      1,
    )
    const heard = await heardOf([...any.map((bytes) => Buffer.from(bytes)), OURS])
    expect(heard.at(-1)).toMatchObject({ name: 'Bob' })
  })
})
