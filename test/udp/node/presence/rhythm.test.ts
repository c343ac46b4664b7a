/** The lease of a foreign program follows its rhythm: short if it announces itself often, never too short while it is there. */
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { LanRhythm } from '../../../../src/udp/node/presence/rhythm.ts'
import { LAN_TIMES } from '../../../../src/udp/node/limits.ts'
import { SimulatedLan, TICK, type Station } from '../../simulated-lan.ts'
import { HeadStandIn, rfc, RfcStandIn, seed, SeedStandIn } from '../../stand-ins.ts'
import type { LanNode } from '../../../../src/udp/node/node.ts'

const SECOND = 1_000
const MINUTE = 60_000

describe('the lease', () => {
  function leaseAfter(moments: readonly number[]): number {
    const rhythm = new LanRhythm()
    for (const at of moments) rhythm.note(at * SECOND)
    return Math.round(rhythm.lease / SECOND)
  }

  test.each<[string, readonly number[], number]>([
    ['one announcement', [0], 330],
    ['two', [0, 30], 330],
    ['each 30 s, for a minute', [0, 30, 60], 99],
    ['each 10 s', [0, 10, 20, 30, 40, 50, 60], 33],
    ['each second, for 8 s', [0, 1, 2, 3, 4, 5, 6, 7, 8], 330],
    ['each second, for a minute', Array.from({ length: 61 }, (_, second) => second), 15],
    [
      'each 300 s, and then each second for two minutes',
      [0, 300, ...Array.from({ length: 120 }, (_, n) => 301 + n)],
      330,
    ],
    ['once, and after 20 s each second for 9 s', [0, ...Array.from({ length: 9 }, (_, n) => 20 + n)], 330],
    ['each minute', [0, 60, 120], 198],
    ['each 300 s', [0, 300, 600], 330],
    ['a fast start', [0, 1, 2, 4], 330],
    ['a fast start, then each 300 s', [0, 1, 2, 4, 304, 604], 330],
    ['two announcements at once, each 30 s', [0, 0.1, 30, 30.1, 60, 60.1], 99],
    ['two in turn, each of them each 30 s', [0, 3, 30, 33, 60, 63, 90, 93], 89],
    ['one lost of many', [0, 30, 60, 90, 150, 180, 210, 240, 270], 99],
    ['two lost of many', [0, 30, 60, 120, 150, 180, 240, 270, 300], 198],
    ['it speaks more often now', [0, 60, 120, 130, 140, 150, 160, 170, 180, 190, 200], 33],
    ['it speaks less often now', [0, 10, 20, 30, 40, 50, 60, 120, 180], 198],
  ])('%s', (_name, moments, expected) => {
    expect(leaseAfter(moments)).toBe(expected)
  })

  test.each([
    ['too early for it', 23, false],
    ['a little early', 24, true],
    ['late', 45, true],
    ['so late that one was missed', 46, false],
  ])('an announcement every 30 s is due: %s', (_name, after, isDue) => {
    const rhythm = new LanRhythm()
    for (const at of [0, 30, 60]) rhythm.note(at * SECOND)
    expect(rhythm.isDue((60 + after) * SECOND)).toBe(isDue)
  })

  test('no announcement of a new program is due', () => {
    const rhythm = new LanRhythm()
    for (const at of [0, 30]) rhythm.note(at * SECOND)
    expect(rhythm.isDue(60 * SECOND)).toBe(false)
    expect(new LanRhythm().isDue(0)).toBe(false)
  })

  test('is 3 to 4 intervals of a steady program, within its bounds, whatever else it announced before', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: LAN_TIMES.together, max: 400_000 }),
        fc.array(fc.integer({ min: 0, max: 400_000 }), { maxLength: 20 }),
        (interval, before) => {
          const rhythm = new LanRhythm()
          let now = 0
          for (const pause of before) rhythm.note((now += pause))
          // As long as an interval from before counts, and a minute.
          const count = 12 + Math.ceil((400_000 + LAN_TIMES.observed) / interval)
          for (let n = 0; n < count; n++) rhythm.note((now += interval))
          expect(rhythm.lease).toBeGreaterThanOrEqual(LAN_TIMES.foreignLeaseLeast)
          expect(rhythm.lease).toBeLessThanOrEqual(LAN_TIMES.foreignLease)
          expect(rhythm.lease).toBeGreaterThanOrEqual(Math.min(3 * interval, LAN_TIMES.foreignLease))
          expect(rhythm.lease).toBeLessThanOrEqual(Math.max(4 * interval, LAN_TIMES.foreignLeaseLeast))
        },
      ),
    )
  })

  test('is longer than any interval of the last ones but one, whatever they were', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 500, max: 100_000 }), { minLength: 8, maxLength: 30 }),
        (pauses) => {
          const rhythm = new LanRhythm()
          let now = 0
          rhythm.note(now)
          for (const pause of pauses) rhythm.note((now += pause))
          const [, second = 0] = pauses.slice(-8).sort((a, b) => b - a)
          expect(rhythm.lease).toBeGreaterThan(second)
        },
      ),
    )
  })
})

describe('on a LAN', () => {
  let lan: SimulatedLan
  let ada: Station<LanNode>

  beforeEach(() => {
    lan = new SimulatedLan()
    ada = lan.node('ada', '10.77.0.1')
    lan.step(10_000)
  })

  /** A program that sends the same every so many milliseconds, 50 ms after the tick of the node. */
  class Steady extends RfcStandIn {
    readonly #interval: number
    readonly #say: () => string
    #nextAt = 0

    constructor(
      userId: string,
      interval: number,
      say?: () => string,
      onPing: 'nothing' | 'shout' = 'nothing',
    ) {
      super(userId, { onPing })
      this.#interval = interval
      this.#say = say ?? (() => this.ping())
    }

    protected override onTick(now = lan.now): void {
      if (now < this.#nextAt) return
      this.#nextAt = now + this.#interval
      this.sendEverybody(this.#say())
    }
  }

  /** The time between the last sighting of a peer and the event that it left, in milliseconds. */
  function silenceOf(userId: string): number {
    const end = lan.now + 400 * SECOND
    const lost = () => ada.eventsOf('left').find(({ peer }) => peer.userId === userId)
    while (lost() === undefined && lan.now < end) lan.step(TICK)
    return lan.now - (lost()?.peer.lastSeenAt ?? -Infinity)
  }

  test.each([
    ['each second, PING', 1 * SECOND, rfc('PING', { USER_ID: 'mai@10.77.0.11' })],
    [
      'each 5 s, PROFILE',
      5 * SECOND,
      rfc('PROFILE', { USER_ID: 'mai@10.77.0.11', DISPLAY_NAME: 'Mai', STATUS: 'x' }),
    ],
    ['each 10 s, PING', 10 * SECOND, rfc('PING', { USER_ID: 'mai@10.77.0.11' })],
    [
      'each 30 s, PEER_DISCOVERY',
      30 * SECOND,
      seed('PEER_DISCOVERY', { USER_ID: 'mai@10.77.0.11', PORT: 8604 }),
    ],
    [
      'each 45 s, PROFILE',
      45 * SECOND,
      rfc('PROFILE', { USER_ID: 'mai@10.77.0.11', DISPLAY_NAME: 'Mai', STATUS: 'x' }),
    ],
    ['each minute, PING of a legacy client', MINUTE, seed('PING', { USER_ID: 'mai@10.77.0.11' })],
    [
      'each 300 s, PROFILE',
      300 * SECOND,
      rfc('PROFILE', { USER_ID: 'mai@10.77.0.11', DISPLAY_NAME: 'Mai', STATUS: 'x' }),
    ],
  ])(
    'a program that announces itself %s is gone after 3 to 4 of its intervals, and not before',
    (_name, interval, text) => {
      const mai = lan.add(new Steady('mai@10.77.0.11', interval, () => text), '10.77.0.11')
      lan.step(Math.max(10 * MINUTE, 12 * interval))
      expect(ada.eventsOf('left')).toEqual([])
      lan.remove(mai)
      const silence = silenceOf('mai@10.77.0.11')
      const least = Math.min(Math.max(3 * interval, LAN_TIMES.foreignLeaseLeast), LAN_TIMES.foreignLease)
      const most = Math.min(Math.max(4 * interval, LAN_TIMES.foreignLeaseLeast), LAN_TIMES.foreignLease)
      expect(silence).toBeGreaterThanOrEqual(least)
      expect(silence).toBeLessThanOrEqual(most + TICK)
      expect(ada.eventsOf('left')).toMatchObject([{ reason: 'no longer seen' }])
    },
  )

  test.each([
    ['a legacy client', (userId: string) => new SeedStandIn(userId, 8421)],
    ['a later legacy client', (userId: string) => new HeadStandIn(userId, 8421)],
  ])('%s that is killed after two minutes is gone within two more', (_name, make) => {
    lan = new SimulatedLan()
    const zed = lan.add(make('zed@10.77.0.12'), '10.77.0.12', 8421)
    lan.step(13_000)
    ada = lan.node('ada', '10.77.0.1')
    lan.step(2 * MINUTE)
    lan.remove(zed)
    const silence = silenceOf('zed@10.77.0.12')
    expect(silence).toBeGreaterThanOrEqual(90 * SECOND)
    expect(silence).toBeLessThanOrEqual(120 * SECOND + TICK)
  })

  test('messages of users do not count: a program that announces itself every 30 s stays after a chat', () => {
    const userId = 'zed@10.77.0.12'
    const zed = lan.add(new SeedStandIn(userId, 8421), '10.77.0.12', 8421)
    lan.step(2 * MINUTE)
    for (let time = 0; time < 40; time++) {
      zed.program.sendEverybody(seed('POST', { USER_ID: userId, CONTENT: `line ${time}` }))
      lan.step(5 * SECOND)
    }
    lan.step(10 * MINUTE)
    expect(ada.eventsOf('left')).toEqual([])
  })

  test('answers do not count: a program that answers the PING of another stays after that one has left', () => {
    const mai = lan.add(new Steady('mai@10.77.0.11', 300 * SECOND, undefined, 'shout'), '10.77.0.11')
    const eve = lan.add(new Steady('eve@10.77.0.13', SECOND), '10.77.0.13')
    lan.step(10 * MINUTE)
    lan.remove(eve)
    lan.step(4 * MINUTE)
    expect(ada.eventsOf('left').map(({ peer }) => peer.userId)).toEqual(['eve@10.77.0.13'])
    lan.remove(mai)
    expect(silenceOf('mai@10.77.0.11')).toBeLessThanOrEqual(LAN_TIMES.foreignLease + TICK)
  })

  test('the PINGs of a host every half second under two names are not what a program answers', () => {
    const profile = rfc('PROFILE', { USER_ID: 'mai@10.77.0.11', DISPLAY_NAME: 'Mai', STATUS: 'x' })
    const mai = lan.add(new Steady('mai@10.77.0.11', 5 * SECOND, () => profile), '10.77.0.11')
    for (const name of ['m0', 'm1']) lan.add(new Steady(`${name}@10.77.0.13`, SECOND), '10.77.0.13')
    lan.step(2 * MINUTE)
    lan.remove(mai)
    expect(silenceOf('mai@10.77.0.11')).toBeLessThanOrEqual(17 * SECOND)
  })

  test.each(['PROFILE', 'PING'] as const)(
    'a forged %s every second for two minutes: the program is probed before it is removed',
    (type) => {
      const user = 'mai@10.77.0.11'
      const text = rfc(type, {
        USER_ID: user,
        ...(type === 'PROFILE' ? { DISPLAY_NAME: 'Mai', STATUS: 'x' } : {}),
      })
      const asked = (): number =>
        ada.sent.filter(({ to, bytes }) => to.host === '10.77.0.11' && /^TYPE: PING$/m.test(bytes.toString()))
          .length
      for (let second = 0; second < 120; second++) {
        lan.inject(text, { host: '10.77.0.11', port: 50_999 }, ada)
        lan.step(SECOND)
      }
      const before = asked()
      expect(silenceOf(user)).toBeLessThan(20 * SECOND)
      expect(asked()).toBe(before + 1)
    },
  )

  test('two programs that announce themselves every second are both gone soon', () => {
    const both = ['mai@10.77.0.11', 'eve@10.77.0.13'].map((userId) =>
      lan.add(new Steady(userId, SECOND), userId.replace(/.*@/, '')),
    )
    lan.step(2 * MINUTE)
    for (const each of both) lan.remove(each)
    expect(silenceOf('mai@10.77.0.11')).toBeLessThanOrEqual(16 * SECOND)
    expect(silenceOf('eve@10.77.0.13')).toBeLessThanOrEqual(16 * SECOND)
  })

  test.each(Array.from({ length: 10 }, (_, index) => index + 1))(
    'a legacy client and a program that announces itself every second stay if one of ten datagrams gets lost (seed %i)',
    (number) => {
      lan = new SimulatedLan({ seed: number, loss: 0.1 })
      ada = lan.node('ada', '10.77.0.1')
      lan.add(new SeedStandIn('zed@10.77.0.12', 8421), '10.77.0.12', 8421)
      lan.add(new Steady('mai@10.77.0.11', SECOND), '10.77.0.11')
      lan.step(30 * MINUTE)
      expect(ada.eventsOf('left')).toEqual([])
    },
  )

  test('a machine that slept for an hour removes no program', () => {
    lan.add(new SeedStandIn('zed@10.77.0.12', 8421), '10.77.0.12', 8421)
    lan.add(new Steady('mai@10.77.0.11', SECOND), '10.77.0.11')
    lan.step(5 * MINUTE)
    ada.asleep = true
    lan.step(60 * MINUTE)
    ada.asleep = false
    lan.step(5 * MINUTE)
    expect(ada.eventsOf('left')).toEqual([])
    expect(ada.program.peers).toHaveLength(2)
  })

  test('a program that comes back is there again', () => {
    const mai = lan.add(new Steady('mai@10.77.0.11', SECOND), '10.77.0.11')
    lan.step(MINUTE)
    mai.asleep = true
    lan.step(MINUTE)
    expect(ada.eventsOf('left')).toHaveLength(1)
    mai.asleep = false
    lan.step(MINUTE)
    expect(ada.program.peers).toHaveLength(1)
    expect(ada.eventsOf('left')).toHaveLength(1)
  })
})
