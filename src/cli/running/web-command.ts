/** `parley web`: a peer without a prompt, for whoever talks through its page or through POST /send-peer. */
import { sanitize } from '../../chat/sanitize.ts'
import { Hook } from './hook.ts'
import { hookMessage } from './hook-message.ts'
import { onSignals, stopped } from '../system/signals.ts'
import { greet, leftBehind, goOnline, openPeer, placeOfMoment, type StartFlags } from './start-peer.ts'
import { eventLine } from '../terminal/render.ts'
import { styleFor } from '../terminal/style.ts'
import { systemClock } from '../system/clock.ts'
import { WebPage, type WebFlags } from './web-page.ts'
import type { ChatEvent } from '../../chat/model.ts'

export interface WebCommandFlags extends StartFlags {
  readonly web: WebFlags
  /** A command for each message of others. */
  readonly exec: string | undefined
  /** The command runs also for what was said before the peer was started. */
  readonly execBacklog: boolean
  readonly color: boolean
}

/** Runs until it is stopped; resolves to the exit status. Rejects with ExitError. */
export async function runWeb(flags: WebCommandFlags): Promise<number> {
  const style = styleFor(process.stdout.isTTY, process.env, flags.color)
  const print = (text: string): void => {
    process.stdout.write(`${text}\n`)
  }
  const stopping = new AbortController()
  onSignals(stopping)
  const begun = systemClock.now()
  const early: ChatEvent[] = []
  let show = (event: ChatEvent): void => void early.push(event)
  const onEvent = (event: ChatEvent): void => {
    show(event)
  }
  const started = await openPeer(flags, onEvent, flags.web)
  const { peer, directory } = started
  const hookSince = flags.execBacklog ? -Infinity : placeOfMoment(peer, begun)
  const page = new WebPage({
    ...{ peer, directory, flags: flags.web, lan: flags.lan, allowHosts: flags.allowHosts },
    color: process.stdout.isTTY && flags.color,
    onError: (error) => {
      print(`-- something went wrong: ${sanitize(String(error))}`)
    },
  })
  const hook = hookOf(flags.exec, directory, print)
  show = (event) => {
    page.show(event)
    const message = hookMessage(event, hookSince)
    if (message !== undefined) hook?.push(message)
    if (event.kind === 'notice' || event.kind === 'tracker' || event.kind === 'resumed')
      print(eventLine(event, style))
  }
  for (const event of early) show(event)
  try {
    await page.open()
    // Others see it when nothing can fail any more.
    await goOnline(started, flags)
    greet(peer, flags, print, 'Ctrl-C ends it')
    print(page.greeting)
    const status = await stopped(stopping)
    await peer.settled(1_000)
    const left = leftBehind(peer, directory !== undefined)
    if (left !== undefined) print(left)
    return status
  } finally {
    await Promise.all([hook?.close(), page.close()])
    await peer.close()
  }
}

function hookOf(
  command: string | undefined,
  directory: string | undefined,
  print: (text: string) => void,
): Hook | undefined {
  if (command === undefined) return undefined
  return new Hook({
    ...{ command, directory },
    onProblem: (sentence) => {
      print(`-- ${sanitize(sentence)}`)
    },
  })
}
