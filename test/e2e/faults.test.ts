/** Processes that die, hang or are told to go while messages are on their way: nothing is lost, twice or out of order. */
import { describe, expect, test } from 'vitest'
import { Actor, LONG, TEST, numbered, pair } from './faults-support.ts'
import { tracker } from './programs.ts'

describe('kill -9', TEST, () => {
  test('1000 said to somebody who is down, by somebody who is then killed: all arrive once, in order', async () => {
    const { port } = await tracker()
    const { alice, bob } = await pair(port, ...HASTY)
    await bob.kill()
    const lines = numbered('line', 1_000)
    alice.sayAll(lines.map((line) => `/msg bob ${line}`))
    await alice.hasSaid(1_000)
    await alice.kill()
    alice.start()
    bob.start()
    await bob.shows(1_000)
    expect(bob.shown).toEqual(lines)
    await alice.isRid(1_000)
  })

  test('the sender, while the receiver hangs in the middle of a request: all arrive once, in order', async () => {
    const { port } = await tracker()
    const { alice, bob } = await pair(port, ...HASTY)
    alice.type('first')
    await bob.shows(1)
    bob.signal('SIGSTOP')
    const lines = numbered('line', 300)
    alice.sayAll(lines)
    await alice.hasSaid(301)
    await alice.kill()
    alice.start()
    bob.signal('SIGCONT')
    await alice.isRid(301)
    await bob.shows(301)
    expect(bob.shown).toEqual(['first', ...lines])
    expect(await bob.history()).toEqual(['first', ...lines])
  })

  test('the receiver, in the middle of 600: each is kept, none is shown twice, and all are in order', async () => {
    const { port } = await tracker()
    const { alice, bob } = await pair(port)
    const lines = numbered('line', 600)
    for (const part of [0, 200, 400]) {
      const before = bob.shown.length
      alice.sayAll(lines.slice(part, part + 200))
      await bob.shows(before + 20)
      await bob.kill()
      bob.start()
    }
    await alice.isRid(600)
    expect(await bob.history()).toEqual(lines)
    // What was kept and not printed before a kill is in the history only: one answer to a catch-up brings hundreds of
    // messages in one turn, and the kill comes while they are being printed, after 20 at the earliest.
    expect(bob.shown).toEqual(lines.filter((line) => bob.shown.includes(line)))
    expect(bob.shown.length).toBeGreaterThanOrEqual(3 * 20)
  })

  test('both, again and again: all arrive once, in order', async () => {
    const { port } = await tracker()
    const { alice, bob } = await pair(port)
    const lines = numbered('line', 100)
    for (const [index, line] of lines.entries()) {
      alice.type(line)
      await alice.hasSaid(index + 1)
      if (index % 20 === 10) {
        await Promise.all([alice.kill(), bob.kill()])
        alice.start()
        bob.start()
      }
    }
    await expect.poll(() => bob.history(), { timeout: LONG, interval: 100 }).toEqual(lines)
    expect(bob.shown).toEqual(lines.filter((line) => bob.shown.includes(line)))
  })

  test('the tracker, in traffic: nobody notices', async () => {
    const { program, port } = await tracker()
    const { alice, bob } = await pair(port)
    const lines = numbered('line', 200)
    alice.sayAll(lines.slice(0, 100))
    await bob.shows(10)
    program.signal('SIGKILL')
    alice.sayAll(lines.slice(100))
    await bob.shows(200)
    expect(bob.shown).toEqual(lines)
  })
})

describe('somebody who is not there', TEST, () => {
  test('and was not when the sender started: /msg waits', async () => {
    const { port } = await tracker()
    const { alice, bob } = await pair(port)
    await Promise.all([alice.kill(), bob.kill()])
    alice.start()
    alice.type('/msg bob are you there?')
    await alice.hasSaid(1)
    bob.start()
    await bob.shows(1)
    expect(bob.shown).toEqual(['are you there?'])
    expect(alice.life.errors).toBe('')
  })

  test('sleeps while the sender starts anew and talks: gets it when it wakes', async () => {
    const { program, port } = await tracker()
    const { alice, bob } = await pair(port, ...HASTY)
    program.signal('SIGKILL')
    // Whoever has just met somebody asks it for what was said; that is not what this is about.
    await new Promise((resolve) => setTimeout(resolve, FIRST_QUESTIONS))
    bob.signal('SIGSTOP')
    await alice.kill()
    alice.start()
    const lines = numbered('line', 5)
    alice.sayAll(lines)
    await alice.hasSaid(5)
    await tracker(port)
    bob.signal('SIGCONT')
    await bob.shows(5)
    expect(bob.shown).toEqual(lines)
  })
})

describe('SIGSTOP of the receiver, in traffic', TEST, () => {
  test('all arrive once, in order, and none comes late in the eyes of the receiver', async () => {
    const { port } = await tracker()
    const { alice, bob } = await pair(port, ...HASTY)
    const lines = numbered('line', 400)
    alice.sayAll(lines.slice(0, 200))
    await bob.shows(20)
    bob.signal('SIGSTOP')
    alice.sayAll(lines.slice(200))
    await alice.hasSaid(400)
    // Longer than one attempt may take: it is tried again.
    await alice.sees(
      ({ kind, ...event }) => kind === 'receipt' && JSON.stringify(event).includes('"queued":[{'),
      'a receipt that says that it waits',
    )
    bob.signal('SIGCONT')
    await bob.shows(400)
    await alice.isRid(400)
    expect(bob.shown).toEqual(lines)
    expect(await bob.history()).toEqual(lines)
  })
})

describe('SIGTERM with messages in the outbox', TEST, () => {
  /** What is promised of an orderly end, in milliseconds. */
  const ORDERLY = 5_000

  test.each<[what: string, fault: (bob: Actor) => void]>([
    [
      'whose receiver hangs',
      (bob) => {
        bob.signal('SIGSTOP')
      },
    ],
    [
      'whose receiver is down',
      (bob) => {
        bob.signal('SIGKILL')
      },
    ],
  ])('%s: 0 within 5 s, and they arrive after the next start, once, in order', async (_what, fault) => {
    const { port } = await tracker()
    const { alice, bob } = await pair(port)
    fault(bob)
    const lines = numbered('line', 50)
    alice.sayAll(lines)
    await alice.hasSaid(50)
    alice.signal('SIGTERM')
    await expect.poll(() => alice.life.end, { timeout: ORDERLY, interval: 20 }).toBe(0)
    expect(alice.life.errors).toBe('')
    alice.start()
    if (bob.isUp) bob.signal('SIGCONT')
    else bob.start()
    await bob.shows(50)
    await alice.isRid(50)
    expect(bob.shown).toEqual(lines)
  })
})

/** She does not wait long with the next line when many wait for their answers. */
const HASTY = ['--timeout', '0.1']

/** Within this time one who was met is asked for what was said, in milliseconds. */
const FIRST_QUESTIONS = 1_000
