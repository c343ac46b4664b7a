/**
 * A chat between pipes: each line is a message, and there is no prompt. It ends when the input does and every message is
 * delivered. Standard output has messages of other users and answers to commands; remarks and errors are on standard error.
 */
import { placeOf } from '../../../chat/moment.ts'
import { eventJson } from '../../../chat/wire/events.ts'
import { greet } from '../../running/start-peer.ts'
import { EXIT } from '../../system/exit-codes.ts'
import { onSignals, stopped } from '../../system/signals.ts'
import { Reader } from '../../terminal/reader.ts'
import { RunningChat } from '../running-chat.ts'
import { Lines } from './lines.ts'
import { endOfInput, undeliveredSentences, unreadSentence } from './pipe-summary.ts'
import { sayLines, type Said } from './say-lines.ts'
import type { ChatPeer } from '../../../peer/peer.ts'
import type { ChatEvent } from '../../../chat/model.ts'
import type { PeerFlags } from '../peer-flags.ts'
import type { ChatView } from '../view.ts'

/** How long the end waits for messages that were just sent, in milliseconds: long enough on one network. */
const LAST_MOMENT = 1_000

/** Resolves to the exit status. Rejects with ExitError. */
export async function chatBetweenPipes(flags: PeerFlags): Promise<number> {
  const { json, timeout, isWebWanted, isText } = flags
  const stopping = new AbortController()
  onSignals(stopping)
  const view = new PipeView(flags)
  const chat = await RunningChat.start(flags, view, {
    hasPage: isWebWanted,
    echo: process.stdin.isTTY,
    quiet: json,
    summarizes: true,
  })
  const { peer, session } = chat
  view.greet(chat, flags)
  chat.events.listen({
    show: (event) => {
      if (json) view.result(eventJson(event))
      session.show(dated(event, chat.begun))
    },
  })
  const lines = new Lines(process.stdin)
  const saying = sayLines({
    lines,
    session,
    peer,
    limit: timeout * 1_000,
    isText,
    quitting: view.quitting.signal,
  })
  const said = await Promise.race([
    untilStopped(stopping, peer),
    saying.catch((error: unknown) => unreadable(error, stopping.signal)),
  ])
  if (typeof said !== 'number') sumUp(said, chat, lines, view, flags)
  view.quit()
  await chat.close()
  view.close()
  process.stdin.destroy()
  return typeof said === 'number' ? said : said.status
}

/** Standard output and standard error of the chat. */
class PipeView implements ChatView {
  /** Aborted by /quit. */
  readonly quitting = new AbortController()
  readonly #isJson: boolean
  readonly #isQuiet: boolean
  readonly #output = new Reader(process.stdout, (sentence) => {
    this.problem(`parley: ${sentence}`)
  })

  constructor({ json, quiet }: Pick<PeerFlags, 'json' | 'quiet'>) {
    this.#isJson = json
    this.#isQuiet = quiet
  }

  /** A line of standard output. */
  result(text: string): void {
    this.#output.print(text)
  }

  /** With --json standard output has JSON only. */
  print(text: string): void {
    if (this.#isJson) this.problem(text)
    else this.result(text)
  }

  note(text: string): void {
    if (!this.#isQuiet) this.problem(text)
  }

  problem(text: string): void {
    process.stderr.write(`${text}\n`)
  }

  /** There is no prompt. */
  showChannel(): void {
    return
  }

  quit(): void {
    this.quitting.abort()
  }

  greet(chat: RunningChat, flags: PeerFlags): void {
    const { page } = chat
    if (!this.#isJson) {
      greet(
        chat,
        flags,
        (text) => {
          this.note(text)
        },
        'type text to talk, /help for more',
      )
    }
    if (page === undefined) return
    if (this.#isJson) this.problem(page.greeting)
    else this.note(page.greeting)
  }

  /** Says what standard output did not get. */
  close(): void {
    this.#output.report()
  }
}

/** Says what was not delivered and what was not read. */
function sumUp(said: Said, chat: RunningChat, lines: Lines, view: PipeView, flags: PeerFlags): void {
  const { peer, session, directory } = chat
  const { timeout, quiet } = flags
  const isQuit = view.quitting.signal.aborted
  const storage = { directory, history: flags.storage.history }
  const sentences = [
    ...(said.count === 0 && !isQuit && !quiet ? [endOfInput()] : []),
    ...(isQuit ? unreadSentence(said.count, lines.left) : []),
    ...undeliveredSentences({ peer, summary: session.summary, timeout, storage }),
  ]
  for (const sentence of sentences) view.problem(`parley: ${sentence}`)
}

async function untilStopped(stopping: AbortController, peer: ChatPeer): Promise<number> {
  const status = await stopped(stopping)
  await peer.settled(LAST_MOMENT)
  return status
}

/** Input that cannot be read counts as empty, as under nohup. */
function unreadable(error: unknown, { aborted: isStopped }: AbortSignal): Said {
  const reason = error instanceof Error ? error.message : String(error)
  if (!isStopped) process.stderr.write(`parley: standard input cannot be read: ${reason}\n`)
  return { status: EXIT.failure, count: 0 }
}

/** Between pipes a message is late if it was said before this program started, and only then. */
function dated(event: ChatEvent, begun: number): ChatEvent {
  return event.kind === 'message' && !event.own ? { ...event, late: placeOf(event) < begun } : event
}
