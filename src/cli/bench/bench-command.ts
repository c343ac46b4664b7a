/**
 * `parley bench`: how fast messages get from one terminal to another on this machine. A tracker and two peers, each a
 * process of its own, driven through their standard input as somebody would do it; then a third comes.
 */
import { textOf } from '../../chat/content.ts'
import { GENERAL, type ChatMessage } from '../../chat/model.ts'
import { now } from '../demo/program.ts'
import { onStage } from '../demo/with-runner.ts'
import { EXIT } from '../system/exit-codes.ts'
import { figuresJson, figuresOf, figuresText, type Measured } from './figures.ts'
import type { Line } from '../demo/model.ts'
import type { DemoRunner } from '../demo/runner.ts'

export interface BenchOptions {
  /** How long messages are said at an even pace. */
  readonly seconds: number
  readonly perSecond: number
  readonly json: boolean
}

const BYTES = 300
/** Messages that are not counted. */
const WARM_UP = 500
const BURSTS = 10
/** In one burst: fewer than may wait for one recipient. */
const BURST = 200
/** For the last messages to arrive, in milliseconds. */
const PATIENCE = 10_000

/** Resolves to the exit status: 0 when all messages arrived, in order and in time; 130 when interrupted. */
export function runBench({ seconds, perSecond, json }: BenchOptions): Promise<number> {
  return onStage(async (stage) => {
    if (!json) process.stdout.write(`Measuring for about ${Math.ceil(seconds) + 8} seconds ...\n`)
    const figures = figuresOf(await measure(stage, Math.ceil(seconds * perSecond), perSecond))
    process.stdout.write(json ? figuresJson(figures) : figuresText(figures, perSecond))
    return figures.isMet ? EXIT.ok : EXIT.failure
  })
}

async function measure(stage: DemoRunner, count: number, perSecond: number): Promise<Measured> {
  await stage.startTracker()
  await Promise.all([stage.startPeer('alice'), stage.startPeer('bob')])
  await Promise.all([
    stage.toldOfPresence('alice', 'bob', GENERAL),
    stage.toldOfPresence('bob', 'alice', GENERAL),
  ])
  await paced(stage, WARM_UP, perSecond)
  const [heard, misplaced] = await paced(stage, count, perSecond)
  const burstsPerSecond = await inBursts(stage)
  return {
    perSecond,
    sent: count,
    latencies: heard,
    misplaced,
    burstsPerSecond,
    newcomer: await newcomer(stage),
  }
}

/** How late each came that did, in milliseconds after it was due: a sender that falls behind is seen. And how many were misplaced. */
async function paced(
  stage: DemoRunner,
  count: number,
  perSecond: number,
): Promise<[late: number[], misplaced: number]> {
  stage.begin()
  const begin = now()
  const due = (number: number): number => begin + (number * 1000) / perSecond
  for (let number = 0; number < count; number++) {
    while (now() < due(number)) await stage.pace(1)
    stage.type('alice', numbered(number))
  }
  const arrivals = await allHeard(stage, count)
  const misplaced = arrivals.filter(({ number }, index) => number !== (arrivals[index - 1]?.number ?? -1) + 1)
  return [arrivals.map(({ number, at }) => at - due(number)), misplaced.length]
}

/** Messages a second. */
async function inBursts(stage: DemoRunner): Promise<number> {
  let [arrived, ms] = [0, 0]
  for (let burst = 0; burst < BURSTS; burst++) {
    stage.begin()
    const begin = now()
    for (let number = 0; number < BURST; number++) stage.type('alice', numbered(number))
    const arrivals = await allHeard(stage, BURST)
    arrived += arrivals.length
    ms += (arrivals.at(-1)?.at ?? begin) - begin
  }
  return (arrived * 1000) / ms
}

/** Milliseconds from the start of a third peer's process until another knows. */
async function newcomer(stage: DemoRunner): Promise<number> {
  stage.begin()
  const started = now()
  await stage.startPeer('carol')
  await stage.toldOfPresence('bob', 'carol', GENERAL)
  const news = stage.processes
    .program('bob')
    .recent.find((line) => line.kind === 'event' && line.event.kind === 'joined')
  return (news?.at ?? NaN) - started
}

interface Arrival {
  readonly number: number
  readonly at: number
}

/** What bob has heard when all of it is there, or nothing more comes. */
async function allHeard(stage: DemoRunner, count: number): Promise<Arrival[]> {
  const deadline = now() + PATIENCE
  while (stage.heard('bob').length < count && now() < deadline) await stage.pace(5)
  return stage.processes.program('bob').recent.flatMap((line) => {
    const message = heardIn(line)
    return message === undefined
      ? []
      : [{ number: Number.parseInt(textOf(message.content), 10), at: line.at }]
  })
}

function heardIn(line: Line): ChatMessage | undefined {
  return line.kind === 'event' && line.event.kind === 'message' && !line.event.own
    ? line.event.message
    : undefined
}

function numbered(number: number): string {
  return `${number} `.padEnd(BYTES, 'x')
}
