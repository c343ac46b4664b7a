/** A chat between pipes: one line, one message, no prompt; it ends when the input does and everything is delivered. */
import { EXIT } from './exit-codes.ts'
import { onSignals, stopped } from './leaving.ts'
import { PeerSession } from './peer-session.ts'
import { sayLines } from './say-lines.ts'
import { greet } from './start-peer.ts'
import type { LocalPeer } from '../peer/peer.ts'
import type { PeerFlags } from './peer-command.ts'

/** What was just said is on its way; this long is enough on one network, in milliseconds. */
const LAST_MOMENT = 1_000

/** Resolves to the exit status. Rejects with ExitError. */
export async function chatBetweenPipes(flags: PeerFlags): Promise<number> {
  const { json, timeout, isWebWanted } = flags
  const stopping = new AbortController()
  onSignals(stopping)
  const quitting = new AbortController()
  const print = (text: string): void => {
    ;(json ? process.stderr : process.stdout).write(`${text}\n`)
  }
  const chat = await PeerSession.start({
    ...{ flags, print, hasPage: isWebWanted, echo: process.stdin.isTTY, quiet: json },
    optionalTracker: undefined,
    onChannel: () => undefined,
    onQuit: () => {
      quitting.abort()
    },
  })
  const { peer, session, page } = chat
  if (!json) greet(peer, flags, print, 'type text to talk, /help for more')
  if (page !== undefined) print(page.greeting)
  chat.begin((event) => {
    if (json) process.stdout.write(`${JSON.stringify(event)}\n`)
    session.show(event)
  })
  const said = sayLines(process.stdin, session, peer, timeout * 1000, quitting.signal)
  const status = await Promise.race([untilStopped(stopping, peer), said])
  if (status === EXIT.undelivered) process.stderr.write(`parley: ${undelivered(peer, timeout)}\n`)
  await chat.close()
  quitting.abort()
  process.stdin.destroy()
  return status
}

async function untilStopped(stopping: AbortController, peer: LocalPeer): Promise<number> {
  const status = await stopped(stopping)
  await peer.settled(LAST_MOMENT)
  return status
}

function undelivered({ waiting }: LocalPeer, timeout: number): string {
  return waiting > 0
    ? `not everything was delivered within ${timeout} s`
    : `nobody was there within ${timeout} s, or not everybody took it`
}
