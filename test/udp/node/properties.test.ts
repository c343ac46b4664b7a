/**
 * Properties of a LAN node for any commands and datagrams: it throws ChatErrors only, and only for commands; what it sends
 * can be sent, and fits into a frame unless users wrote more.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mutate, seededRandom } from '../../../scripts/fuzz/mutate.ts'
import { ChatError } from '../../../src/chat/errors.ts'
import { LanNode } from '../../../src/udp/node/node.ts'
import { decode } from '../../../src/udp/lsnp/codec.ts'
import { ethernet, LOOPBACK, START } from '../simulated-lan.ts'
import { DIVERGENCES, EXAMPLES, REFUSED } from '../lsnp/samples.ts'
import type { Address } from '../../../src/http/message.ts'
import type { LanCommand, LanEffect, Network } from '../../../src/udp/node/model.ts'

/** Datagrams for us and for others, with valid tokens, of Parley peers, and JSON. */
const DATAGRAMS: readonly string[] = [
  ...[...EXAMPLES, ...DIVERGENCES].map(({ datagram }) => datagram),
  ...REFUSED.map(([, datagram]) => datagram),
  'TYPE: PING\nUSER_ID: a@10.77.0.11\nNODE: 0123456789abcdef\nHTTP_PORT: 8001\n\n',
  'TYPE: PING\nUSER_ID: a@10.77.0.11\nNODE: 0123456789abcdef\nLEAVING: yes\n\n',
  'TYPE:DM\nFROM:mai@10.77.0.11\nTO:zed@10.77.0.12\nCONTENT:x\nMESSAGE_ID:a\u000bb\n\n',
  'TYPE:TICTACTOE_INVITE\nFROM:mai@10.77.0.11\nTO:zed@10.77.0.12\nGAMEID:\u0085g\nSYMBOL:X\n\n',
  'TYPE:FILE_OFFER\nFROM:mai@10.77.0.11\nTO:zed@10.77.0.12\nFILENAME:x\nFILESIZE:1\nFILEID:a\u2028b\n\n',
  'TYPE:PEER_LIST_RESPONSE\nFROM:mai@10.77.0.11\nPEERS:["a@10.77.0.99","b@10.77.0.255","c@x"]\n\n',
  '{"ip":"10.77.0.11","port":8001,"name":"mai"}',
].map((datagram) => Buffer.from(datagram).toString('latin1'))

/** Types with texts of users. */
const MAY_BE_LONG = /^(?:POST|DM|GROUP_CREATE|GROUP_UPDATE|GROUP_MESSAGE)$/

const IPV4 = /^(?:[0-9]{1,3}\.){3}[0-9]{1,3}$/

function check(effects: readonly LanEffect[]): void {
  for (const effect of effects) {
    if (effect.kind === 'event') continue
    const { to, bytes } = effect
    expect(to.host).toMatch(IPV4)
    expect(Number.isInteger(to.port) && to.port >= 1_024 && to.port <= 65_535).toBe(true)
    const decoded = decode(bytes)
    if (!decoded.ok) {
      expect(bytes.toString()).toMatch(/^\{"ip":/)
      continue
    }
    const { message } = decoded
    const isPicture = message.type === 'PROFILE' && message.avatar !== undefined
    if (!isPicture && !MAY_BE_LONG.test(message.type))
      expect([message.type, bytes.length <= 1_400]).toEqual([message.type, true])
  }
}

// --- arbitraries ------------------------------------------------------------------------------------

const host = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('10.77.0.11', '10.77.0.12', '10.77.0.13', '127.0.0.1') },
  fc.ipV4(),
)
const address: fc.Arbitrary<Address> = fc.record({
  host,
  port: fc.oneof(fc.constant(50_999), fc.nat(65_535)),
})
const userId = fc.oneof(
  fc.constantFrom(
    'mai@10.77.0.11',
    'zed@10.77.0.12',
    'eve@10.77.0.13',
    'a@10.77.0.11',
    'zed@laptop',
    'x,y@10.77.0.11',
  ),
  fc.string({ maxLength: 140 }),
)
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.constantFrom('', '\n', 'x'.repeat(9_000), 'TYPE: DM'),
)
const id = fc.oneof(fc.constantFrom('0123456789abcdef', 'fedcba9876543210'), text)
const groupId = fc.oneof(fc.constantFrom('lab204', 'ours'), text)
const picture = fc.record({
  type: fc.constantFrom('image/png', 'None', ''),
  encoding: fc.constant('base64' as const),
  data: fc.constantFrom('AAAA', '?', '', 'A'.repeat(27_308), 'A'.repeat(27_309)),
})
const networks: fc.Arbitrary<readonly Network[]> = fc.subarray([
  ethernet('10.77.0.12'),
  LOOPBACK,
  ethernet('10.77.0.14'),
])
const seconds = fc.oneof(fc.integer({ min: -10, max: 10_000 }), fc.double())

const command: fc.Arbitrary<LanCommand> = fc.oneof(
  fc.record({ kind: fc.constant('start' as const), port: fc.integer({ min: 1_024, max: 65_535 }) }),
  fc.record({ kind: fc.constant('networks' as const), networks }),
  fc.record(
    {
      kind: fc.constant('profile' as const),
      name: text,
      status: text,
      channels: fc.array(fc.oneof(fc.constantFrom('general', 'a,b', ''), text), { maxLength: 40 }),
      httpPort: fc.oneof(fc.constant(8_000), fc.integer({ min: -1, max: 70_000 })),
      avatar: fc.record({ hash: fc.constantFrom('a'.repeat(64), 'b'.repeat(64), 'x', ''), picture }),
    },
    { requiredKeys: ['kind'] },
  ),
  fc.record({ kind: fc.constantFrom('post' as const, 'dm' as const), id, to: userId, text }),
  fc.record({ kind: fc.constant('follow' as const), to: userId, following: fc.boolean() }),
  fc.record({ kind: fc.constant('like' as const), to: userId, liking: fc.boolean() }),
  fc.record({
    kind: fc.constant('group-create' as const),
    id: groupId,
    name: text,
    members: fc.array(userId, { maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant('group-update' as const),
    id: groupId,
    add: fc.array(userId, { maxLength: 3 }),
    remove: fc.array(userId, { maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant('group-message' as const), id, group: groupId, text }),
  fc.constant({ kind: 'revoke' as const }),
  fc.record({ kind: fc.constant('ttl' as const), seconds }),
  fc.record({ kind: fc.constant('verbose' as const), on: fc.boolean() }),
  fc.constant({ kind: 'quit' as const }),
)

const datagram = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...DATAGRAMS).map((bytes) => Buffer.from(bytes, 'latin1')) },
  { weight: 3, arbitrary: fc.nat().map((seed) => mutate(DATAGRAMS, seededRandom(seed))) },
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
)

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('receive' as const), bytes: datagram, from: address }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('command' as const), command }) },
  fc.record({ kind: fc.constant('tick' as const), after: fc.oneof(fc.constant(100), fc.nat(20_000)) }),
)

function node(username = 'zed'): LanNode {
  return new LanNode({ node: 'f'.repeat(16), username, app: 'parley/0.1', random: seededRandom(1) })
}

function start(machine: LanNode): void {
  check(machine.command({ kind: 'start', port: 8_000 }, START))
  check(machine.command({ kind: 'networks', networks: [ethernet('10.77.0.12'), LOOPBACK] }, START))
}

function perform(machine: LanNode, command: LanCommand, now: number): void {
  try {
    check(machine.command(command, now))
  } catch (error) {
    if (!(error instanceof ChatError)) throw error
    expect(error.message).not.toBe('')
  }
}

describe('a LAN node', () => {
  test('holds for any commands and datagrams in any order', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 60 }), (isStarted, steps) => {
        const machine = node()
        if (isStarted) start(machine)
        let now = START
        for (const each of steps) {
          if (each.kind === 'tick') check(machine.tick((now += each.after)))
          else if (each.kind === 'receive') check(machine.receive(each.bytes, each.from, now))
          else perform(machine, each.command, now)
        }
        check(machine.tick(now + 100))
      }),
      { numRuns: 500 },
    )
  })

  test('holds for any name of its user', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string({ unit: 'grapheme', minLength: 60, maxLength: 100 }),
        ),
        (name) => {
          const machine = node(name)
          start(machine)
          perform(machine, { kind: 'profile', status: 'x' }, START)
          check(machine.tick(START + 10_000))
          check(
            machine.receive(
              Buffer.from('TYPE: PING\nUSER_ID: mai@10.77.0.11\n\n'),
              { host: '10.77.0.11', port: 50_999 },
              START,
            ),
          )
          perform(machine, { kind: 'dm', id: '0123456789abcdef', to: 'mai@10.77.0.11', text: 'x' }, START)
          perform(machine, { kind: 'group-create', id: 'g', name: 'g', members: ['mai@10.77.0.11'] }, START)
          const types = machine.command({ kind: 'quit' }, START)
          check(types)
          expect(types).not.toEqual([])
        },
      ),
    )
  })

  test('holds for 20 000 damaged datagrams', () => {
    const random = seededRandom(20_261_122)
    const machine = node()
    start(machine)
    perform(machine, { kind: 'verbose', on: true }, START)
    let now = START
    let events = 0
    for (let count = 0; count < 20_000; count++) {
      now += 10
      const from = { host: `10.77.0.${11 + Math.floor(random() * 20)}`, port: 50_999 }
      const effects = machine.receive(mutate(DATAGRAMS, random), from, now)
      check(effects)
      events += effects.length
      if (count % 10 === 0) check(machine.tick(now))
    }
    expect(events).toBeGreaterThan(20_000)
    const sizes = machine.sizes
    expect(Object.values(sizes).every((size) => size <= 4_096)).toBe(true)
    expect(machine.dropped.size).toBeLessThanOrEqual(64)
  })
})
