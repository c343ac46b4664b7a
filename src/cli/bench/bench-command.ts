/**
 * `parley bench`: how fast messages get from one terminal to another on this machine. A tracker and two peers, each a
 * process of its own, are driven through their standard input; then a third peer joins.
 */
import { textOf } from '../../chat/content.ts'
import { GENERAL } from '../../chat/model.ts'
import { messageIn } from '../participants/participant.ts'
import { withParticipants } from '../participants/with-participants.ts'
import { EXIT } from '../system/exit-codes.ts'
import { figuresJson, figuresOf, figuresText, type Measured } from './figures.ts'
import type { Participants } from '../participants/participants.ts'

export interface BenchOptions {
  /** How long messages are sent at an even pace. */
  readonly seconds: number
  readonly perSecond: number
  readonly json: boolean
}

const BYTES = 300
/** Messages that are not counted. */
const WARM_UP = 500
const BURSTS = 10
/** Messages in one burst: fewer than may wait for one recipient. */
const BURST = 200
/** For the last messages to arrive, in milliseconds. */
const PATIENCE = 10_000

/** Resolves to the exit status: 0 when all messages arrived, in order and in time; 130 when interrupted. */
export function runBench({ seconds, perSecond, json }: BenchOptions): Promise<number> {
  return withParticipants(async (peers) => {
    if (!json) process.stdout.write(`Measuring for about ${Math.ceil(seconds) + 8} seconds ...\n`)
    const figures = figuresOf(await measure(peers, Math.ceil(seconds * perSecond), perSecond))
    process.stdout.write(json ? figuresJson(figures) : figuresText(figures, perSecond))
    return figures.isMet ? EXIT.ok : EXIT.failure
  })
}

async function measure(peers: Participants, count: number, perSecond: number): Promise<Measured> {
  await peers.startTracker()
  await Promise.all([peers.startPeer('alice'), peers.startPeer('bob')])
  await Promise.all([
    peers.waitForPresence('alice', 'bob', GENERAL),
    peers.waitForPresence('bob', 'alice', GENERAL),
  ])
  await paced(peers, WARM_UP, perSecond)
  const [latencies, misplaced] = await paced(peers, count, perSecond)
  const burstsPerSecond = await inBursts(peers)
  return { perSecond, sent: count, latencies, misplaced, burstsPerSecond, newcomer: await newcomer(peers) }
}

/**
 * How late each message arrived, in milliseconds after it was due, and how many were out of order. Counting from the due
 * time makes a sender that falls behind visible.
 */
async function paced(
  peers: Participants,
  count: number,
  perSecond: number,
): Promise<[late: number[], misplaced: number]> {
  peers.begin()
  const begin = performance.now()
  const due = (number: number): number => begin + (number * 1000) / perSecond
  for (let number = 0; number < count; number++) {
    while (performance.now() < due(number)) await peers.pause(1)
    peers.type('alice', numbered(number))
  }
  const arrivals = await allArrived(peers, count)
  const misplaced = arrivals.filter(({ number }, index) => number !== (arrivals[index - 1]?.number ?? -1) + 1)
  return [arrivals.map(({ number, at }) => at - due(number)), misplaced.length]
}

/** Messages a second. */
async function inBursts(peers: Participants): Promise<number> {
  let [arrived, ms] = [0, 0]
  for (let burst = 0; burst < BURSTS; burst++) {
    peers.begin()
    const begin = performance.now()
    for (let number = 0; number < BURST; number++) peers.type('alice', numbered(number))
    const arrivals = await allArrived(peers, BURST)
    arrived += arrivals.length
    ms += (arrivals.at(-1)?.at ?? begin) - begin
  }
  return (arrived * 1000) / ms
}

/** Milliseconds from the start of a third peer's process until another peer shows it. */
async function newcomer(peers: Participants): Promise<number> {
  peers.begin()
  const started = performance.now()
  await peers.startPeer('carol')
  await peers.waitForPresence('bob', 'carol', GENERAL)
  const joined = peers.of('bob').lines.find((line) => line.kind === 'event' && line.event.kind === 'joined')
  return (joined?.at ?? NaN) - started
}

interface Arrival {
  readonly number: number
  readonly at: number
}

/** The messages that bob has shown, when all arrived or the patience is over. */
async function allArrived(peers: Participants, count: number): Promise<Arrival[]> {
  const deadline = performance.now() + PATIENCE
  while (peers.messages('bob').length < count && performance.now() < deadline) await peers.pause(5)
  return peers.of('bob').lines.flatMap((line) => {
    const message = messageIn(line)
    return message === undefined
      ? []
      : [{ number: Number.parseInt(textOf(message.content), 10), at: line.at }]
  })
}

function numbered(number: number): string {
  return `${number} `.padEnd(BYTES, 'x')
}
