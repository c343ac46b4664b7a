/** A chat in a terminal, from its first lines to its end. The prompt is there already. */
import { networkInterfaces } from 'node:os'
import { GENERAL } from '../../chat/model.ts'
import { chosenNetworks, isThisMachineOnly } from '../system/interfaces.ts'
import { stopped } from '../system/signals.ts'
import { Welcome, type OpeningFacts } from './welcome.ts'
import { PeerSession } from './peer-session.ts'
import { label, takenName } from '../running/start-peer.ts'
import { systemClock } from '../system/clock.ts'
import type { PeerFlags } from './peer-flags.ts'
import type { Prompt } from './prompt.ts'

/** How long the first lines wait for the tracker, and for somebody to be there: milliseconds from the start. */
const FIRST_MOMENT = { tracker: 500, people: 250 }
/** What was just said is on its way; this long is enough on one network, in milliseconds. */
const LAST_MOMENT = 1_000

/** Resolves to the exit status. Rejects with ExitError. */
export async function chatInTerminal(
  flags: PeerFlags,
  face: Prompt,
  stopping: AbortController,
): Promise<number> {
  const { tracker, lan, isTrackerOptional } = flags
  const isOptional = isTrackerOptional && lan !== undefined
  const { print, onChannel } = face
  const chat = await PeerSession.start({
    ...{ flags, print, onChannel, hasPage: true, echo: true, quiet: false },
    optionalTracker: isOptional && tracker !== undefined ? label(tracker) : undefined,
    onQuit: () => {
      stopping.abort(0)
    },
  })
  try {
    const opening = new Welcome()
    chat.begin((event) => {
      opening.take(event)
    })
    await firstMoment(flags, chat, opening, stopping.signal)
    const facts = factsOf(flags, chat, isOptional)
    print(opening.lines(facts).join('\n'))
    if (chat.pageProblem !== undefined) print(chat.pageProblem)
    if (chat.page?.qrCode !== undefined) print(chat.page.qrCode)
    chat.session.begin()
    for (const event of opening.later(facts)) chat.session.show(event)
    chat.begin((event) => {
      chat.session.show(event)
    })
    face.begin(chat.session)
    const status = await stopped(stopping)
    await chat.session.done(LAST_MOMENT)
    await chat.peer.settled(LAST_MOMENT)
    const left = chat.leftBehind
    if (left !== undefined) print(left)
    return status
  } finally {
    await chat.close()
  }
}

/** Until it is known whether the tracker is there and somebody is, and not for long. */
async function firstMoment(
  { tracker }: PeerFlags,
  { peer }: PeerSession,
  opening: Welcome,
  signal: AbortSignal,
): Promise<void> {
  const begin = systemClock.now()
  const isOver = (): boolean => {
    const passed = systemClock.now() - begin
    if (passed >= FIRST_MOMENT.tracker || signal.aborted) return true
    if (tracker !== undefined && !opening.isTrackerKnown) return false
    return passed >= FIRST_MOMENT.people || peer.members(GENERAL).length > 0
  }
  while (!isOver()) await new Promise<void>((resolve) => systemClock.after(10, resolve))
}

function factsOf(flags: PeerFlags, { peer, page }: PeerSession, isTrackerOptional: boolean): OpeningFacts {
  const { tracker, lan, peers, name: wanted } = flags
  const { name } = peer.self
  const networks = lan === undefined ? undefined : chosenNetworks(lan, networkInterfaces())
  return {
    ...{ name, taken: takenName(name, wanted), address: label(peer.reachable), isTrackerOptional },
    lan: networks?.map((network) => network.name),
    isThisMachineOnly: networks !== undefined && isThisMachineOnly(networks),
    tracker: tracker === undefined ? undefined : label(tracker),
    byHand: peers.map(label),
    url: page?.url,
    isPageForOthers: page?.isForOthers === true,
    here: peer.members(GENERAL).map((member) => member.name),
  }
}
