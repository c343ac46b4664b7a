/** `parley peer`: a peer with a chat in front of it, in a terminal or between pipes. */
import { randomBytes } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import { GENERAL, peerId, type ChatEvent } from '../chat/model.ts'
import { LocalPeer } from '../peer/peer.ts'
import { EXIT, ExitError, listenError } from './exit-codes.ts'
import { harmlessLine } from './harmless.ts'
import { chosenNetworks, lanLine } from './interfaces.ts'
import { openKept, systemRandom, type KeepingFlags } from './keeping.ts'
import { reflowOf } from './layout.ts'
import { isInteractive, onSignals, stopped } from './leaving.ts'
import { readPicture } from './picture-file.ts'
import { sayLines } from './say-lines.ts'
import { ChatSession } from './session.ts'
import { styleFor } from './style.ts'
import { systemClock } from './system-clock.ts'
import { Terminal } from './terminal.ts'
import { WebPage, type WebFlags } from './web-page.ts'
import { wrap } from './wrap.ts'
import type { Address } from '../http/message.ts'

/** What every peer is started with. */
export interface StartFlags {
  readonly name: string
  readonly ip: string
  readonly port: number | undefined
  readonly tracker: Address | undefined
  /** The interfaces on which the LAN is used, all when there are none; undefined: no LAN. */
  readonly lan: readonly string[] | undefined
  /** Peers given by hand. */
  readonly peers: readonly Address[]
  readonly keeping: KeepingFlags
}

export interface PeerFlags extends StartFlags {
  /** Nobody asked for this tracker: it is tried because one is often there. */
  readonly isTrackerOptional: boolean
  /** Undefined: no page. */
  readonly web: WebFlags | undefined
  /** There is a page also where nobody sits in front of a terminal. */
  readonly isWebWanted: boolean
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
  /** /quit. */
  readonly onQuit: () => void
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
  let page: WebPage | undefined
  const { peer, directory } = await startPeer(flags, (event) => {
    page?.show(event)
    show(event)
  })
  const stopping = new AbortController()
  const hasTerminal = isInteractive() && !flags.json
  const face = hasTerminal ? terminalFace(peer, stopping) : lineFace(flags, stopping)
  const optionalTracker = hasTerminal && flags.isTrackerOptional && flags.lan ? flags.tracker : undefined
  const session = new ChatSession({
    chat: peer,
    style: styleFor(process.stdout.isTTY, process.env, flags.color),
    clock: systemClock,
    verbose: flags.verbose,
    print: face.print,
    onChannel: face.onChannel,
    onQuit: face.onQuit,
    echo: process.stdin.isTTY,
    quiet: flags.json,
    readFile: readPicture,
    newId: () => randomBytes(8).toString('hex'),
    optionalTracker: optionalTracker === undefined ? undefined : label(optionalTracker),
  })
  peer.traceDatagrams(flags.verbose)
  if (hasTerminal || flags.isWebWanted) page = pageOf(peer, directory, flags, face.print)
  for (const event of early) page?.show(event)
  const greeting = await opened(page, flags, async () => {
    await peer.close()
    face.close()
  })
  show = (event) => {
    if (flags.json) process.stdout.write(`${JSON.stringify(event)}\n`)
    session.show(event)
  }
  if (!flags.json) greet(peer, flags, face.print, 'type text to talk, /help for more')
  if (greeting !== undefined) face.print(greeting)
  for (const event of early) show(event)
  onSignals(stopping)
  const status = await face.run(session, peer)
  session.flush()
  await page?.close()
  await peer.close()
  face.close()
  return status
}

/** Rejects with ExitError. */
export async function startPeer(
  flags: StartFlags,
  onEvent: (event: ChatEvent) => void,
): Promise<{ readonly peer: LocalPeer; readonly directory: string | undefined }> {
  const { name, ip: host, port, tracker, lan, peers } = flags
  const { store, directory } = await openKept(name, flags.keeping, (text) => {
    onEvent({ kind: 'notice', text })
  })
  try {
    const peer = await LocalPeer.start({
      store,
      random: systemRandom,
      name,
      host,
      port,
      peers,
      clock: systemClock,
      onEvent,
      onError: (error) => {
        onEvent({ kind: 'notice', text: `something went wrong: ${String(error)}` })
      },
      ...(tracker === undefined ? {} : { tracker }),
      ...(lan === undefined ? {} : { lan: { interfaces: lan } }),
    })
    return { peer, directory }
  } catch (error) {
    store.close()
    throw listenError(error, 'cannot start the peer', host, port ?? 8000)
  }
}

/** Says who we are, and how others find us. */
export function greet(
  peer: LocalPeer,
  { tracker, lan, peers }: StartFlags,
  print: (text: string) => void,
  hint: string,
): void {
  const { name, ip, port } = peer.self
  const { host } = peer.address
  print(
    `-- you are ${harmlessLine(name)} at ${peerId({ ip, port })}${host === ip ? '' : `, listening on ${host}`}`,
  )
  print(lanLine(lan === undefined ? undefined : chosenNetworks(lan, networkInterfaces())))
  if (peers.length > 0) print(`-- peers by hand: ${peers.map(label).join(', ')}`)
  const isAlone = lan === undefined && peers.length === 0
  const none = isAlone ? 'none: nobody can find you; give one with --tracker-ip' : 'none'
  print(`-- tracker ${tracker === undefined ? none : label(tracker)}; ${hint}`)
}

function pageOf(
  peer: LocalPeer,
  directory: string | undefined,
  { web, lan, color }: PeerFlags,
  print: (text: string) => void,
): WebPage | undefined {
  if (web === undefined) return undefined
  return new WebPage({
    ...{ peer, directory, flags: web, lan },
    color: process.stdout.isTTY && color,
    onError: (error) => {
      print(`-- something went wrong: ${harmlessLine(String(error))}`)
    },
  })
}

/** What is said of the page. Rejects with ExitError when the one that was asked for cannot be opened. */
async function opened(
  page: WebPage | undefined,
  { isWebWanted }: PeerFlags,
  leave: () => Promise<void>,
): Promise<string | undefined> {
  try {
    await page?.open()
    return page?.greeting
  } catch (error) {
    if (error instanceof ExitError && !isWebWanted) return `-- ${error.message}; the chat goes on without it`
    await leave()
    throw error
  }
}

function label({ host, port }: Address): string {
  return peerId({ ip: host, port })
}

async function untilStopped(stopping: AbortController, peer: LocalPeer): Promise<number> {
  const status = await stopped(stopping)
  // What was just said is on its way; a moment is enough on one network.
  await peer.settled(1_000)
  return status
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
    onQuit: () => {
      stopping.abort(EXIT.ok)
    },
    run: (given) => {
      session = given
      return untilStopped(stopping, peer)
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

/** One line, one message, no prompt; ends when the input does and everything is delivered, or time is up. */
function lineFace({ timeout, json }: PeerFlags, stopping: AbortController): Face {
  const quitting = new AbortController()
  return {
    print: (text) => {
      ;(json ? process.stderr : process.stdout).write(`${text}\n`)
    },
    onChannel: () => undefined,
    onQuit: () => {
      quitting.abort()
    },
    run: async (session, peer) => {
      const said = sayLines(process.stdin, session, peer, timeout * 1000, quitting.signal)
      const status = await Promise.race([untilStopped(stopping, peer), said])
      if (status === EXIT.undelivered) process.stderr.write(`parley: ${undelivered(peer, timeout)}\n`)
      return status
    },
    close: () => {
      quitting.abort()
      process.stdin.destroy()
    },
  }
}

function undelivered({ waiting }: LocalPeer, timeout: number): string {
  return waiting > 0
    ? `not everything was delivered within ${timeout} s`
    : `nobody was there within ${timeout} s, or not everybody took it`
}
