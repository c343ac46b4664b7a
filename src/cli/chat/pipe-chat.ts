/**
 * A chat between pipes: one line, one message, no prompt; it ends when the input does and everything is delivered. Standard
 * output has what others say and what commands were asked for; remarks and problems are on standard error.
 */
import { placeOf } from '../../chat/moment.ts'
import { eventJson } from '../../chat/wire/events.ts'
import { EXIT } from '../system/exit-codes.ts'
import { onSignals, stopped } from '../system/signals.ts'
import { Lines } from './lines.ts'
import { PeerSession } from './peer-session.ts'
import { endOfInput, undeliveredSentences, unreadSentence } from './pipe-summary.ts'
import { Reader } from '../terminal/reader.ts'
import { sayLines, type Said } from './say-lines.ts'
import { greet } from '../running/start-peer.ts'
import type { ChatPeer } from '../../peer/peer.ts'
import type { ChatEvent } from '../../chat/model.ts'
import type { PeerFlags } from './peer-flags.ts'

/** What was just said is on its way; this long is enough on one network, in milliseconds. */
const LAST_MOMENT = 1_000

/** Resolves to the exit status. Rejects with ExitError. */
export async function chatBetweenPipes(flags: PeerFlags): Promise<number> {
  const { json, timeout, isWebWanted, isText, quiet: isQuiet } = flags
  const stopping = new AbortController()
  onSignals(stopping)
  const quitting = new AbortController()
  const problem = (text: string): void => {
    process.stderr.write(`${text}\n`)
  }
  const note = (text: string): void => {
    if (!isQuiet) problem(text)
  }
  const output = new Reader(process.stdout, (sentence) => {
    problem(`parley: ${sentence}`)
  })
  const chat = await PeerSession.start({
    ...{ flags, problem, hasPage: isWebWanted, echo: process.stdin.isTTY, quiet: json },
    ...{ note, print: json ? problem : output.print, summarizes: true },
    optionalTracker: undefined,
    onChannel: () => undefined,
    onQuit: () => {
      quitting.abort()
    },
  })
  const { peer, session, page } = chat
  if (!json) greet(peer, flags, note, 'type text to talk, /help for more')
  if (page !== undefined) (json ? problem : note)(page.greeting)
  chat.begin((event) => {
    if (json) output.print(eventJson(event))
    session.show(dated(event, chat.begun))
  })
  const lines = new Lines(process.stdin)
  const saying = sayLines({
    ...{ lines, session, peer, isText, limit: timeout * 1_000, quitting: quitting.signal },
  })
  const said = await Promise.race([
    untilStopped(stopping, peer),
    saying.catch((error: unknown) => unreadable(error, stopping.signal)),
  ])
  if (typeof said !== 'number') {
    const isQuit = quitting.signal.aborted
    const sentences = [
      ...(said.count === 0 && !isQuit && !isQuiet ? [endOfInput()] : []),
      ...(isQuit ? unreadSentence(said.count, lines.left) : []),
      ...undeliveredSentences({ peer, fates: session.fates, timeout, kept: chat.kept }),
    ]
    for (const sentence of sentences) problem(`parley: ${sentence}`)
  }
  quitting.abort()
  await chat.close()
  output.tell()
  process.stdin.destroy()
  return typeof said === 'number' ? said : said.status
}

async function untilStopped(stopping: AbortController, peer: ChatPeer): Promise<number> {
  const status = await stopped(stopping)
  await peer.settled(LAST_MOMENT)
  return status
}

/** Input that cannot be read has nothing in it, as under nohup. */
function unreadable(error: unknown, { aborted: isStopped }: AbortSignal): Said {
  const reason = error instanceof Error ? error.message : String(error)
  if (!isStopped) process.stderr.write(`parley: standard input cannot be read: ${reason}\n`)
  return { status: EXIT.failure, count: 0 }
}

/** Old is what was said before this program was started, and nothing else, however late it comes. */
function dated(event: ChatEvent, begun: number): ChatEvent {
  return event.kind === 'message' && !event.own ? { ...event, late: placeOf(event) < begun } : event
}
