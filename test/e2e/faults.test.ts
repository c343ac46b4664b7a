/** Processes that die, hang or are terminated while messages are in flight: no message is lost, repeated or reordered. */
import { describe, expect, test } from 'vitest'
import { Actor, LONG, TEST, numbered, pair } from './faults-support.ts'
import { tracker } from './programs.ts'

describe('kill -9', TEST, () => {
  test('of a sender with 1000 messages for a peer that is down: all arrive once, in order', async () => {
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

  test('of the sender while the recipient hangs within a request: all arrive once, in order', async () => {
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
    await bob.tells(['first', ...lines])
  })

  test('of the recipient amid 600 messages: each is kept, none is shown twice, all are in order', async () => {
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
    await bob.tells(lines)
    // A message that was kept but not printed before a kill is in the history only. One answer to a catch-up brings
    // hundreds of messages in one turn; the kill comes while they are printed, after 20 at the earliest.
    expect(bob.shown).toEqual(lines.filter((line) => bob.shown.includes(line)))
    expect(bob.shown.length).toBeGreaterThanOrEqual(3 * 20)
  })

  test('of both, again and again: all arrive once, in order', async () => {
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
    await bob.tells(lines)
    expect(bob.shown).toEqual(lines.filter((line) => bob.shown.includes(line)))
  })

  test('of the tracker: messages go on, once and in order', async () => {
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

describe('a recipient that is not there', TEST, () => {
  test('since before the sender started: /msg waits for it', async () => {
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

  test('because it is suspended while the sender restarts and sends: gets the messages when it resumes', async () => {
    const { program, port } = await tracker()
    const { alice, bob } = await pair(port, ...HASTY)
    program.signal('SIGKILL')
    // Peers that have just met ask each other for earlier messages; this test is not about that.
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

describe('SIGSTOP of the recipient', TEST, () => {
  test('amid 400 messages: all arrive once, in order, after SIGCONT', async () => {
    const { port } = await tracker()
    const { alice, bob } = await pair(port, ...HASTY)
    const lines = numbered('line', 400)
    alice.sayAll(lines.slice(0, 200))
    await bob.shows(20)
    bob.signal('SIGSTOP')
    alice.sayAll(lines.slice(200))
    await alice.hasSaid(400)
    // Longer than one attempt may take: the message is sent again.
    await alice.sees(
      ({ kind, ...event }) => kind === 'receipt' && JSON.stringify(event).includes('"queued":[{'),
      'a receipt that says that it waits',
    )
    bob.signal('SIGCONT')
    await bob.shows(400)
    await alice.isRid(400)
    expect(bob.shown).toEqual(lines)
    await bob.tells(lines)
  })
})

describe('SIGTERM with messages in the outbox', TEST, () => {
  test.each<[what: string, fault: (bob: Actor) => void]>([
    [
      'whose recipient hangs',
      (bob) => {
        bob.signal('SIGSTOP')
      },
    ],
    [
      'whose recipient is down',
      (bob) => {
        bob.signal('SIGKILL')
      },
    ],
  ])('%s: exit status 0, and they arrive after the next start, once, in order', async (_what, fault) => {
    const { port } = await tracker()
    const { alice, bob } = await pair(port)
    fault(bob)
    const lines = numbered('line', 50)
    alice.sayAll(lines)
    await alice.hasSaid(50)
    alice.signal('SIGTERM')
    await expect.poll(() => alice.life.end, { timeout: LONG }).toBe(0)
    expect(alice.life.errors).toBe('')
    alice.start()
    if (bob.isUp) bob.signal('SIGCONT')
    else bob.start()
    await bob.shows(50)
    await alice.isRid(50)
    expect(bob.shown).toEqual(lines)
  })
})

/** Alice does not wait long before her next line while earlier ones are unanswered. */
const HASTY = ['--timeout', '0.1']

/** Milliseconds in which a peer asks one that it has met for earlier messages. */
const FIRST_QUESTIONS = 1_000
