/** LAN_TIMES: nothing a millisecond before, and what is due when it is. */
import { describe, expect, test } from 'vitest'
import { Solicitations } from '../../src/udp/node/presence/solicitations.ts'
import { LanRhythm } from '../../src/udp/node/presence/rhythm.ts'
import { DuplicateFilter } from '../../src/udp/node/messaging/duplicates.ts'
import { LAN_TIMES } from '../../src/udp/node/limits.ts'
import { HandLan, MAI, START, foreignPing, hexId, parleyPing, seedDm } from './lan-node.ts'

/** After the fast start: its last announcement. */
const SETTLED = Math.max(...LAN_TIMES.fastStart)
const AT = SETTLED + 1_000

/** A LAN with a peer of a Parley peer that has proved its address, and was last seen at AT. */
function proved(): HandLan {
  const lan = settled()
  lan.pay(AT - 600)
  lan.receive(parleyPing(), AT - 600)
  lan.receive(
    { ...parleyPing(), type: 'PING', userId: `mai@${MAI}`, echo: lan.last('PROFILE').nonce, reply: false },
    AT,
  )
  return lan
}

function settled(random?: number): HandLan {
  const lan = new HandLan(random)
  for (const delay of LAN_TIMES.fastStart) lan.tick(delay)
  return lan
}

describe('announcements', () => {
  test('fastStart', () => {
    const lan = new HandLan()
    expect(lan.began).toEqual(['PROFILE to all', 'PING to all'])
    for (const delay of LAN_TIMES.fastStart.slice(1)) {
      expect(lan.tick(delay - 1)).toEqual([])
      expect(lan.tick(delay)).toEqual(['PING to all'])
    }
  })

  test.each([
    ['steady', 0.5, LAN_TIMES.steady],
    ['jitter: the earliest', 0, LAN_TIMES.steady - LAN_TIMES.jitter],
    ['jitter: the latest', 1, LAN_TIMES.steady + LAN_TIMES.jitter],
  ])('%s', (_name, random, pause) => {
    const lan = settled(random)
    lan.tick(SETTLED + 4_000)
    expect(lan.tick(SETTLED + pause - 1)).toEqual([])
    expect(lan.tick(SETTLED + pause)).toEqual(['PING to all'])
  })

  test.each([
    ['before', LAN_TIMES.profile - 1, ['PING to all']],
    ['then', LAN_TIMES.profile, ['PROFILE to all']],
  ])('profile: %s', (_name, at, expected) => {
    const lan = settled()
    lan.pass(SETTLED, LAN_TIMES.profile - 4_900)
    expect(lan.tick(at)).toEqual(expected)
  })

  test('again', () => {
    const lan = proved()
    expect(lan.command({ kind: 'profile', status: 'away' }, AT)).toEqual(['PROFILE to all'])
    for (const delay of LAN_TIMES.again) {
      expect(lan.tick(AT + delay - 1)).toEqual([])
      expect(lan.tick(AT + delay)).toEqual([`PROFILE to ${MAI}`])
    }
  })

  test.each([
    ['before', -1, []],
    ['then', 0, ['PING to all']],
  ])('loud, where there are other programs: %s', (_name, difference, expected) => {
    const lan = settled()
    lan.pay(AT)
    lan.receive(foreignPing(), AT)
    const due = SETTLED + LAN_TIMES.loud
    lan.pass(AT, due - 5_000)
    expect(lan.tick(due + difference)).toEqual(expected)
  })
})

describe('who is silent', () => {
  test.each([
    ['lease', parleyPing(), LAN_TIMES.lease],
    ['foreignLease', foreignPing(), LAN_TIMES.foreignLease],
  ])('%s', (_name, message, lease) => {
    const lan = settled()
    lan.receive(message, AT)
    lan.pass(AT, AT + lease - 1)
    lan.tick(AT + lease - 1)
    expect(lan.node.peers).toHaveLength(1)
    lan.tick(AT + lease)
    expect(lan.node.peers).toHaveLength(0)
    expect(lan.eventsOf('left')).toMatchObject([{ reason: 'no longer seen' }])
  })

  /** A LAN with a program that announced itself so many times, and when it did last. */
  function announcing(count: number, interval: number): [lan: HandLan, last: number] {
    const lan = settled()
    let at = AT
    for (let n = 0; n < count; n++) {
      at = AT + n * interval
      lan.pass(n === 0 ? at : at - interval + 1_000, at)
      // Unasked: no PING went to everybody within a second before.
      lan.receive(discovery, at)
    }
    return [lan, at]
  }

  const discovery = `TYPE:PEER_DISCOVERY\nUSER_ID:mai@${MAI}\nPORT:8000\n\n`

  test('foreignLeaseLeast: of one that announces itself each second', () => {
    const [lan, last] = announcing(80, 1_000)
    lan.pass(last, last + LAN_TIMES.foreignLeaseLeast - 1)
    lan.tick(last + LAN_TIMES.foreignLeaseLeast - 1)
    expect(lan.node.peers).toHaveLength(1)
    lan.tick(last + LAN_TIMES.foreignLeaseLeast)
    expect(lan.node.peers).toHaveLength(0)
  })

  test('lastQuestion: it is asked so long before, and not sooner', () => {
    const [lan, last] = announcing(80, 1_000)
    const end = last + LAN_TIMES.foreignLeaseLeast - LAN_TIMES.lastQuestion
    const isAsked = (now: number): boolean => lan.tick(now).some((sent) => sent.endsWith(`to ${MAI}`))
    lan.pass(last, end - 1)
    expect(isAsked(end - 1)).toBe(false)
    expect(isAsked(end)).toBe(true)
    expect(isAsked(end + 1)).toBe(false)
  })

  test('together: within this time two announcements are one', () => {
    const leaseOf = (pause: number): number => {
      const rhythm = new LanRhythm()
      for (let n = 0; n < 3; n++) for (const at of [0, pause]) rhythm.note(n * 300_000 + at)
      return rhythm.lease
    }
    // Two of the intervals are the pause, two the rest of 300 s: the second longest counts in both.
    expect(leaseOf(LAN_TIMES.together - 1)).toBe(LAN_TIMES.foreignLease)
    const fast = (pause: number): number => {
      const rhythm = new LanRhythm()
      for (let n = 0; n <= 130; n++) rhythm.note(n * pause)
      return rhythm.lease
    }
    expect(fast(LAN_TIMES.together)).toBe(LAN_TIMES.foreignLeaseLeast)
    // Each second one is noted: half as many.
    expect(fast((LAN_TIMES.together - 1) / 3)).toBe(LAN_TIMES.foreignLease)
  })

  test.each([
    ['at the limit', 0, 3.3 * (LAN_TIMES.observed / 2)],
    ['one less', -1, LAN_TIMES.foreignLease],
  ])('observed: %s', (_name, difference, lease) => {
    const rhythm = new LanRhythm()
    for (const at of [0, LAN_TIMES.observed / 2, LAN_TIMES.observed + difference]) rhythm.note(at)
    expect(rhythm.lease).toBeCloseTo(lease)
  })

  test.each([
    ['within it', -1, false],
    ['then', 0, true],
  ])('prompted: %s an announcement is an answer', (_name, difference, isUnasked) => {
    const questions = new Solicitations()
    questions.sentToAll(AT)
    expect(questions.isUnsolicited('PING', 'mai', undefined, AT + LAN_TIMES.prompted + difference)).toBe(
      isUnasked,
    )
  })

  test.each([
    ['within it the sender has read our announcement', -1, []],
    ['then it is answered', 0, [`PING to ${MAI}`, `PROFILE to ${MAI}`]],
  ])('prompted, at the start: %s', (_name, difference, answers) => {
    const lan = new HandLan()
    expect(
      lan.receive(`${discovery.trimEnd()}\nX:${'x'.repeat(100)}\n\n`, LAN_TIMES.prompted + difference),
    ).toEqual(answers)
  })

  test('doubt, and probe', () => {
    const lan = proved()
    lan.pass(AT, AT + LAN_TIMES.doubt - 1)
    expect(lan.tick(AT + LAN_TIMES.doubt - 1)).toEqual([])
    expect(lan.tick(AT + LAN_TIMES.doubt)).toEqual([`PING to ${MAI}`])
    expect(lan.tick(AT + LAN_TIMES.doubt + LAN_TIMES.probe - 1)).toEqual([])
    expect(lan.tick(AT + LAN_TIMES.doubt + LAN_TIMES.probe)).toEqual([`PING to ${MAI}`])
  })

  const goodbye = { ...parleyPing(), type: 'PING', leaving: true, reply: false } as const

  test('goodbye', () => {
    const lan = proved()
    lan.receive({ ...goodbye, userId: `mai@${MAI}` }, AT)
    lan.tick(AT + LAN_TIMES.goodbye - 1)
    expect(lan.node.peers).toHaveLength(1)
    lan.tick(AT + LAN_TIMES.goodbye)
    expect(lan.eventsOf('left')).toMatchObject([{ reason: 'left' }])
  })

  test('objection', () => {
    const lan = proved()
    const asked = [`PING to ${MAI}`]
    expect(lan.receive({ ...goodbye, userId: `mai@${MAI}` }, AT)).toEqual(asked)
    expect(lan.tick(AT + LAN_TIMES.objection - 1)).toEqual([])
    expect(lan.tick(AT + LAN_TIMES.objection)).toEqual(asked)
  })

  test.each([
    ['at the limit everybody is gone', 0, 0],
    ['one over the machine slept', 1, 1],
  ])('asleep: %s', (_name, over, there) => {
    const lan = settled()
    lan.receive(parleyPing(), AT)
    const last = AT + LAN_TIMES.lease - 1
    lan.pass(AT, last)
    lan.tick(last)
    const sent = lan.tick(last + LAN_TIMES.asleep + over)
    expect(lan.node.peers).toHaveLength(there)
    expect(sent.includes('PROFILE to all')).toBe(there === 1)
  })
})

describe('answers', () => {
  test.each([
    ['answer', parleyPing(), LAN_TIMES.answer],
    ['foreignAnswer', foreignPing(), LAN_TIMES.foreignAnswer],
  ])('%s', (_name, question, pause) => {
    const lan = settled()
    const answer = [`PROFILE to ${MAI}`]
    lan.pay(AT)
    expect(lan.receive(question, AT)).toEqual(answer)
    expect(lan.receive(question, AT + pause - 1)).toEqual([])
    expect(lan.receive(question, AT + pause)).toEqual(answer)
  })

  test('spread: where there are many, by this at the latest', () => {
    const lan = settled(1)
    for (let n = 1; n <= 40; n++)
      lan.receive({ ...parleyPing(n), type: 'PING', reply: false, userId: 'n@x' }, AT - 500, `10.77.1.${n}`)
    lan.tick(AT)
    lan.pay(AT)
    expect(lan.receive(parleyPing(99), AT)).toEqual([])
    expect(lan.tick(AT + LAN_TIMES.spread - 1)).toEqual([])
    expect(lan.tick(AT + LAN_TIMES.spread)).toEqual([`PROFILE to ${MAI}`])
  })
})

describe('messages', () => {
  test('retry, and attempts', () => {
    const lan = settled()
    lan.receive(foreignPing(), AT)
    const copy = [`DM to ${MAI}`]
    const write = (n: number) => lan.command({ kind: 'dm', id: hexId(n), to: `mai@${MAI}`, text: 'hi' }, AT)
    write(2)
    lan.receive({ type: 'ACK', messageId: hexId(2), status: 'RECEIVED' }, AT)
    lan.events.length = 0
    expect(write(1)).toEqual(copy)
    for (let attempt = 2; attempt <= LAN_TIMES.attempts; attempt++) {
      const due = AT + (attempt - 1) * LAN_TIMES.retry
      expect(lan.tick(due - 1)).toEqual([])
      expect(lan.tick(due)).toEqual(copy)
    }
    const end = AT + LAN_TIMES.attempts * LAN_TIMES.retry
    expect(lan.tick(end - 1)).toEqual([])
    expect(lan.eventsOf('sent')).toEqual([])
    expect(lan.tick(end)).toEqual([])
    expect(lan.eventsOf('sent')).toMatchObject([{ id: hexId(1), confirmed: false }])
  })

  test.each([
    ['before', -1, []],
    ['then', 0, ['PROFILE to all']],
  ])('introduction: %s', (_name, difference, expected) => {
    const lan = settled()
    lan.receive(foreignPing(), AT)
    expect(lan.tick(AT)).toEqual(['PROFILE to all'])
    // Another one without credit, long before the next broadcast.
    const again = AT + LAN_TIMES.introduction
    lan.pass(AT, again - 4_000)
    lan.receive({ type: 'PING', userId: 'eve@10.77.0.13' }, again - 100, '10.77.0.13')
    expect(lan.tick(again + difference)).toEqual(expected)
  })

  test.each([
    ['before', -1, [`PROFILE to ${MAI}`]],
    ['then', 0, []],
  ])('credit: %s it is forgotten', (_name, difference, expected) => {
    const lan = settled()
    lan.pay(AT)
    lan.tick(AT + LAN_TIMES.credit + difference)
    expect(lan.receive(foreignPing(), AT + LAN_TIMES.credit + difference)).toEqual(expected)
  })

  test('unproved', () => {
    const lan = settled()
    lan.pay(AT)
    expect(lan.receive(parleyPing(), AT)).toEqual([`PROFILE to ${MAI}`])
    expect(lan.tick(AT + LAN_TIMES.unproved - 1)).toEqual([])
    expect(lan.tick(AT + LAN_TIMES.unproved)).toEqual([`PING to ${MAI}`])
  })

  test('byHttp, and byHttpAgain', () => {
    const lan = settled()
    lan.pay(AT)
    const announce = (at: number) =>
      lan.receive({ ...parleyPing(), type: 'PING', userId: `mai@${MAI}`, httpPort: 8600, reply: false }, at)
    const asked = () => lan.eventsOf('unproved').length
    announce(AT)
    lan.tick(AT + LAN_TIMES.byHttp - 1)
    expect(asked()).toBe(0)
    lan.tick(AT + LAN_TIMES.byHttp)
    expect(asked()).toBe(1)
    for (const at of [10_000, 20_000]) announce(AT + at)
    lan.tick(AT + LAN_TIMES.byHttp + LAN_TIMES.byHttpAgain - 1)
    expect(asked()).toBe(1)
    lan.tick(AT + LAN_TIMES.byHttp + LAN_TIMES.byHttpAgain)
    expect(asked()).toBe(2)
  })

  test('seen', () => {
    const seen = new DuplicateFilter()
    expect(seen.isNew('a', 0)).toBe(true)
    expect(seen.isNew('a', LAN_TIMES.seen - 1)).toBe(false)
    expect(seen.isNew('a', LAN_TIMES.seen)).toBe(true)
  })

  test.each([
    ['as old', -LAN_TIMES.plausible, true],
    ['older', -LAN_TIMES.plausible - 1_000, false],
    ['as new', LAN_TIMES.plausible, true],
    ['newer', LAN_TIMES.plausible + 1_000, false],
  ])('plausible: %s', (_name, age, isPlausible) => {
    const lan = settled()
    lan.receive(seedDm('hi', (START + AT + age) / 1000, 'd1'), AT)
    expect(lan.eventsOf('dm')).toMatchObject([{ sentAt: START + AT + (isPlausible ? age : 0) }])
  })
})
