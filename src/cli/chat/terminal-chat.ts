/** A chat in a terminal, from its first lines to its end. The prompt is there already. */
import { networkInterfaces } from 'node:os'
import { GENERAL, labelOf } from '../../chat/model.ts'
import { label } from '../running/start-peer.ts'
import { systemClock } from '../system/clock.ts'
import { chosenNetworks, isThisMachineOnly } from '../system/interfaces.ts'
import { stopped } from '../system/signals.ts'
import { RunningChat } from './running-chat.ts'
import { Welcome, type WelcomeFacts } from './welcome.ts'
import type { PeerFlags } from './peer-flags.ts'
import type { Prompt } from './prompt.ts'

/** How long the first lines wait for the tracker, and for other users: milliseconds from the start. */
const FIRST_MOMENT = { tracker: 500, people: 250 }
/** How long the end waits for messages that were just sent, in milliseconds: long enough on one network. */
const LAST_MOMENT = 1_000

/** Resolves to the exit status. Rejects with ExitError. */
export async function chatInTerminal(
  flags: PeerFlags,
  prompt: Prompt,
  stopping: AbortController,
): Promise<number> {
  const isTrackerOptional = flags.isTrackerOptional && flags.lan !== undefined
  const chat = await RunningChat.start(flags, prompt, {
    hasPage: true,
    echo: true,
    quiet: false,
    summarizes: false,
    optionalTracker: isTrackerOptional && flags.tracker !== undefined ? label(flags.tracker) : undefined,
  })
  const { peer, session, page, pageProblem } = chat
  try {
    const welcome = new Welcome()
    chat.events.listen(welcome)
    await firstMoment(flags, chat, welcome, stopping.signal)
    const facts = factsOf(flags, chat, isTrackerOptional)
    prompt.print(welcome.lines(facts).join('\n'))
    if (pageProblem !== undefined) prompt.print(pageProblem)
    if (page?.qrCode !== undefined) prompt.print(page.qrCode)
    session.begin()
    welcome.passOn(session, facts)
    prompt.attach(session)
    const status = await stopped(stopping)
    await session.done(LAST_MOMENT)
    await peer.settled(LAST_MOMENT)
    const left = chat.leftBehind
    if (left !== undefined) prompt.print(left)
    return status
  } finally {
    await chat.close()
  }
}

/** Waits until the tracker is known to be there or not and another user is here, for a moment at most. */
async function firstMoment(
  { tracker }: PeerFlags,
  { peer }: RunningChat,
  welcome: Welcome,
  signal: AbortSignal,
): Promise<void> {
  const begin = systemClock.now()
  const isOver = (): boolean => {
    const passed = systemClock.now() - begin
    if (passed >= FIRST_MOMENT.tracker || signal.aborted) return true
    if (tracker !== undefined && !welcome.isTrackerKnown) return false
    return passed >= FIRST_MOMENT.people || peer.members(GENERAL).length > 0
  }
  while (!isOver()) await new Promise<void>((resolve) => systemClock.after(10, resolve))
}

function factsOf(flags: PeerFlags, chat: RunningChat, isTrackerOptional: boolean): WelcomeFacts {
  const { tracker, lan, peers } = flags
  const { peer, page, shortId, nameNote } = chat
  const networks = lan === undefined ? undefined : chosenNetworks(lan, networkInterfaces())
  return {
    name: peer.self.name,
    shortId,
    nameNote,
    address: label(peer.reachable),
    lan: networks?.map((network) => network.name),
    isThisMachineOnly: networks !== undefined && isThisMachineOnly(networks),
    tracker: tracker === undefined ? undefined : label(tracker),
    isTrackerOptional,
    byHand: peers.map(label),
    url: page?.url,
    isPageForOthers: page?.isForOthers === true,
    here: peer.members(GENERAL).map(labelOf),
  }
}
