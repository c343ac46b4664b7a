/** `parley peer`: a peer with a chat in front of it, in a terminal or between pipes. */
import { createInterface } from 'node:readline'
import { GENERAL, peerId, type ChatEvent } from '../chat/model.ts'
import { LocalPeer } from '../peer/peer.ts'
import { EXIT, listenError } from './exit-codes.ts'
import { harmlessLine } from './harmless.ts'
import { reflowOf } from './layout.ts'
import { ChatSession } from './session.ts'
import { styleFor } from './style.ts'
import { systemClock } from './system-clock.ts'
import { Terminal } from './terminal.ts'
import { wrap } from './wrap.ts'
import type { Address } from '../http/message.ts'

export interface PeerFlags {
  readonly name: string
  readonly ip: string
  readonly port: number | undefined
  readonly tracker: Address | undefined
  readonly verbose: boolean
  readonly json: boolean
  readonly color: boolean
  /** How long to wait for somebody to talk to and for deliveries, in seconds. */
  readonly timeout: number
}

/** A face of the chat: how lines come in, and where the others go. */
interface Face {
  readonly print: (text: string) => void
  readonly onChannel: (channel: string) => void
  /** Takes lines until there are no more; resolves to the exit status. */
  readonly run: (session: ChatSession, peer: LocalPeer) => Promise<number>
  readonly close: () => void
}

/** Resolves to the exit status. Rejects with ExitError. */
export async function runPeer(flags: PeerFlags): Promise<number> {
  const early: ChatEvent[] = []
  let show = (event: ChatEvent): void => {
    early.push(event)
  }
  const peer = await startPeer(flags, (event) => {
    show(event)
  })
  const isInteractive = process.stdin.isTTY && process.stdout.isTTY && process.env['TERM'] !== 'dumb'
  const stopping = new AbortController()
  const face = isInteractive && !flags.json ? terminalFace(peer, stopping) : lineFace(flags, stopping)
  const session = new ChatSession({
    chat: peer,
    style: styleFor(process.stdout.isTTY, process.env, flags.color),
    clock: systemClock,
    verbose: flags.verbose,
    print: face.print,
    onChannel: face.onChannel,
    onQuit: () => {
      stopping.abort(EXIT.ok)
    },
    echo: process.stdin.isTTY,
    quiet: flags.json,
  })
  show = (event) => {
    if (flags.json) process.stdout.write(`${JSON.stringify(event)}\n`)
    session.show(event)
  }
  if (!flags.json) greet(peer, flags, face.print)
  for (const event of early) show(event)
  onSignals(stopping)
  const status = await face.run(session, peer)
  session.flush()
  await peer.close()
  face.close()
  return status
}

async function startPeer(flags: PeerFlags, onEvent: (event: ChatEvent) => void): Promise<LocalPeer> {
  const { name, ip: host, port, tracker } = flags
  try {
    return await LocalPeer.start({
      name,
      host,
      port,
      clock: systemClock,
      onEvent,
      onError: (error) => {
        onEvent({ kind: 'notice', text: `something went wrong: ${String(error)}` })
      },
      ...(tracker === undefined ? {} : { tracker }),
    })
  } catch (error) {
    throw listenError(error, 'cannot start the peer', host, port ?? 8000)
  }
}

function greet(peer: LocalPeer, { tracker }: PeerFlags, print: (text: string) => void): void {
  const { name, ip, port } = peer.self
  const { host } = peer.address
  print(
    `-- you are ${harmlessLine(name)} at ${peerId({ ip, port })}${host === ip ? '' : `, listening on ${host}`}`,
  )
  const where =
    tracker === undefined
      ? 'none: nobody can find you; give one with --tracker-ip'
      : `${tracker.host}:${tracker.port}`
  print(`-- tracker ${where}; type text to talk, /help for more`)
}

/** The first signal ends the chat in order, the second at once. */
function onSignals(stopping: AbortController): void {
  const stop = (status: number) => (): void => {
    if (stopping.signal.aborted) process.exit(status)
    stopping.abort(status)
  }
  process.on('SIGINT', stop(EXIT.interrupted))
  process.on('SIGTERM', stop(EXIT.ok))
  process.on('SIGHUP', stop(EXIT.ok))
}

function stopped(stopping: AbortController): Promise<number> {
  const { signal } = stopping
  return new Promise((resolve) => {
    const stop = (): void => {
      resolve(signal.reason as number)
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop)
  })
}

// --- a terminal -------------------------------------------------------------------------------------

function terminalFace(peer: LocalPeer, stopping: AbortController): Face {
  let session: ChatSession | undefined
  const interrupt = (status: number) => (): void => {
    if (stopping.signal.aborted) {
      terminal.close()
      process.exit(status)
    }
    terminal.print(status === EXIT.interrupted ? '-- leaving; Ctrl-C again leaves at once' : '-- leaving')
    stopping.abort(status)
  }
  const terminal = new Terminal({
    input: process.stdin,
    output: process.stdout,
    prompt: promptFor(GENERAL),
    reflow: reflowOf(process.env),
    complete: (line, cursor) => session?.complete(line, cursor) ?? { from: cursor, candidates: [] },
    onLine: (line) => void session?.perform(line),
    onInterrupt: interrupt(EXIT.interrupted),
    onEnd: interrupt(EXIT.ok),
    onShortcut: (shortcut) => {
      if (shortcut.kind === 'channel') session?.goTo(shortcut.number)
      else session?.goToUnread()
    },
  })
  terminal.setHistory(GENERAL)
  return {
    print: (text) => {
      terminal.print(wrap(text, terminal.columns))
    },
    onChannel: (channel) => {
      terminal.setPrompt(promptFor(channel))
      terminal.setHistory(channel)
    },
    run: async (given) => {
      session = given
      const status = await stopped(stopping)
      // What was just typed is on its way; a moment is enough on one network.
      await peer.settled(1_000)
      return status
    },
    close: () => {
      terminal.close()
    },
  }
}

function promptFor(channel: string): string {
  return `#${channel}> `
}

// --- pipes and files --------------------------------------------------------------------------------

/** Messages that may wait for their answers before the next line is read. */
const AHEAD = 256

/** One line, one message, no prompt; ends when the input does and everything is delivered, or time is up. */
function lineFace({ timeout, json }: PeerFlags, stopping: AbortController): Face {
  const limit = timeout * 1000
  return {
    print: (text) => {
      ;(json ? process.stderr : process.stdout).write(`${text}\n`)
    },
    onChannel: () => undefined,
    run: (session, peer) =>
      Promise.race([stopped(stopping), sayLines(session, peer, limit, stopping.signal)]),
    close: () => {
      process.stdin.destroy()
    },
  }
}

async function sayLines(
  session: ChatSession,
  peer: LocalPeer,
  limit: number,
  signal: AbortSignal,
): Promise<number> {
  let patience = limit
  for await (const line of createInterface({ input: process.stdin })) {
    if (signal.aborted) break
    if (isText(line)) patience -= await waitForSomebody(peer, session, patience, signal)
    await session.perform(line)
    if (peer.waiting > AHEAD) await peer.settled(limit)
  }
  const settled = await peer.settled(limit)
  return settled && !session.undelivered ? EXIT.ok : EXIT.undelivered
}

/** Not a command, nor a change of channel. */
function isText(line: string): boolean {
  return line.trim() !== '' && !/^\s*(?:\/[^/]|#\S+\s*$)/.test(line)
}

/** Waits until somebody is in the channel, at most `ms`; returns how long it waited. */
async function waitForSomebody(
  peer: LocalPeer,
  session: ChatSession,
  ms: number,
  signal: AbortSignal,
): Promise<number> {
  const begin = systemClock.now()
  while (peer.members(session.current).length === 0 && systemClock.now() - begin < ms && !signal.aborted) {
    await new Promise<void>((resolve) => systemClock.after(20, resolve))
  }
  return systemClock.now() - begin
}
