/** `parley web`: a peer without a prompt, used through its page or through POST /send-peer. */
import { sanitize } from '../../chat/sanitize.ts'
import { systemClock } from '../system/clock.ts'
import { onSignals, stopped } from '../system/signals.ts'
import { eventLine } from '../terminal/render.ts'
import { styleFor } from '../terminal/style.ts'
import { Hook } from './hook.ts'
import { HookListener } from './hook-listener.ts'
import { PeerEvents, type PeerListener } from './peer-events.ts'
import { greet, leftBehind, goOnline, openPeer, placeOfMoment, type StartFlags } from './start-peer.ts'
import { WebPage, type WebFlags } from './web-page.ts'

export interface WebCommandFlags extends StartFlags {
  readonly web: WebFlags
  /** The command to run for each message of another user. */
  readonly exec: string | undefined
  /** It runs also for messages from before the start. */
  readonly execBacklog: boolean
  readonly color: boolean
}

/** Runs until it is stopped; resolves to the exit status. Rejects with ExitError. */
export async function runWeb(flags: WebCommandFlags): Promise<number> {
  const stopping = new AbortController()
  onSignals(stopping)
  const begun = systemClock.now()
  const events = new PeerEvents()
  const started = await openPeer(flags, events, flags.web)
  const { peer, directory } = started
  const page = new WebPage({
    peer,
    directory,
    flags: flags.web,
    lan: flags.lan,
    isTrackerOptional: flags.isTrackerOptional,
    allowHosts: flags.allowHosts,
    color: process.stdout.isTTY && flags.color,
    onError: (error) => {
      print(`-- something went wrong: ${sanitize(String(error))}`)
    },
  })
  const hook = hookFor(flags, directory, placeOfMoment(peer, begun))
  events.listen(page, ...(hook === undefined ? [] : [hook]), problems(flags.color))
  try {
    await page.open()
    // Others see the peer when nothing can fail any more.
    await goOnline(started, flags)
    greet(started, flags, print, 'Ctrl-C ends it')
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

function hookFor(
  { exec, execBacklog }: WebCommandFlags,
  directory: string | undefined,
  begun: number,
): HookListener | undefined {
  if (exec === undefined) return undefined
  const hook = new Hook({
    command: exec,
    directory,
    onProblem: (sentence) => {
      print(`-- ${sanitize(sentence)}`)
    },
  })
  return new HookListener(hook, execBacklog ? -Infinity : begun)
}

/** Prints what the user must know although the chat is on the page. */
function problems(color: boolean): PeerListener {
  const style = styleFor(process.stdout.isTTY, process.env, color)
  return {
    show: (event) => {
      if (event.kind === 'notice' || event.kind === 'tracker' || event.kind === 'resumed')
        print(eventLine(event, style))
    },
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
