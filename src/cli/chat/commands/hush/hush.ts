/**
 * Commands for people one does not want to hear. `/mute`: shown, without a mark; `/ignore`: dropped before it is kept;
 * `/block`: nothing is answered, and nothing is sent there. Each has its undo.
 */
import { channelTitle } from '../../../../chat/closed-label.ts'
import { durationIn, isDuration, isLikeDuration } from '../../../../chat/duration.ts'
import { fold } from '../../../../chat/fold.ts'
import { PARTICIPLES, type HushKind } from '../../../../chat/hush.ts'
import { peerId } from '../../../../chat/model.ts'
import { sanitizeLine } from '../../../../chat/sanitize.ts'
import { unmetLabel } from '../../../../peer/hush/hush.ts'
import { anyChannel } from '../../../../chat/wire/closed.ts'
import { dayOf } from '../../../terminal/days.ts'
import { clockTime, name } from '../../../terminal/render.ts'
import { needed, type Chat, type Command, type Session } from '../command.ts'
import { runIgnored } from './ignore-lists.ts'
import { peerNamed } from '../recipients.ts'
import { nameIn } from '../words.ts'
import type { Hushed } from '../../../../store/store.ts'

/** A mute without a time lasts a working day. */
const USUAL_MUTE = '8h'

const EFFECTS: Readonly<Record<HushKind, string>> = {
  mute: 'messages are shown, but nothing calls you',
  ignore: 'messages are dropped and not kept; what was said before stays',
  block: 'nothing is answered or sent there, as if you were away',
}

export const HUSH_COMMANDS: readonly Command[] = [
  {
    names: ['mute'],
    usage: '/mute #channel|nick [time]',
    help: `show without calling you, ${USUAL_MUTE} or 10m, 2h, 7d`,
    topic: 'more',
    people: 'first',
    run: (session, rest) => hush(session, 'mute', needed(rest, '/mute #channel|nick [time]'), USUAL_MUTE),
  },
  undo('mute', '#channel|nick'),
  {
    names: ['ignore'],
    usage: '/ignore nick [time]',
    help: 'drop what a person says; the person is not told',
    topic: 'more',
    people: 'first',
    run: (session, rest) => hush(session, 'ignore', needed(rest, '/ignore nick [time]')),
  },
  undo('ignore', 'nick'),
  {
    names: ['block'],
    usage: '/block nick [time]',
    help: 'answer and send a person nothing, as if you were away',
    topic: 'more',
    people: 'first',
    run: (session, rest) => hush(session, 'block', needed(rest, '/block nick [time]')),
  },
  undo('block', 'nick'),
  {
    names: ['ignored'],
    asks: true,
    usage: '/ignored [share|show|take|undo]',
    help: 'who is muted, ignored, blocked; shared lists',
    topic: 'more',
    people: 'all',
    run: (session, rest) =>
      runIgnored(session, rest, () => {
        const all = session.chat.hushed()
        const lines = all.map((hushed) => `    ${lineOf(session.chat, hushed)}`)
        session.print([`-- muted, ignored or blocked: ${all.length}`, ...lines].join('\n'))
      }),
  },
]

function undo(kind: HushKind, who: string): Command {
  const usage = `/un${kind} ${who}`
  return {
    names: [`un${kind}`],
    usage,
    help: 'take that back',
    topic: 'more',
    people: 'first',
    run: async ({ chat, print }, rest) => {
      const { target, label } = await targetOf(chat, needed(rest, usage))
      const lifted = chat.unhush(target, kind)
      if (lifted === undefined) print(`-- ${label} was not ${PARTICIPLES[kind]}`)
      else print(`-- ${label} is no longer ${PARTICIPLES[kind]}${droppedOf(lifted)}`)
    },
  }
}

async function hush({ chat, print }: Session, kind: HushKind, rest: string, usual?: string): Promise<void> {
  const [, who = rest, time = usual] = readTimed(rest)
  const { target, label } = await targetOf(chat, who).catch((error: unknown) => {
    // A time that is none was read as a part of the name.
    const [, , last = ''] = lastWord(rest) ?? []
    if (isLikeDuration(last)) durationIn(last)
    throw error
  })
  chat.hush(target, kind, time === undefined ? undefined : durationIn(time))
  const hushed = chat.hushed().find((each) => each.target === target)
  const addressOnly =
    target.startsWith('#') || chat.known(target)?.key !== undefined
      ? ''
      : ` (at ${target} only: it has no key)`
  print(
    `-- ${label}${addressOnly} is ${PARTICIPLES[kind]}${untilOf(hushed)}: ${EFFECTS[kind]}; /un${kind} undoes it`,
  )
}

/** `bob 2h`: the last word is a time. */
function readTimed(rest: string): readonly (string | undefined)[] {
  const found = lastWord(rest)
  return found !== null && isDuration(found[2] ?? '') ? found : []
}

/** The text before the last word, and the last word. */
function lastWord(rest: string): RegExpExecArray | null {
  return /^([^]*\S)\s+(\S+)$/.exec(rest)
}

/** Rejects with ChatError. */
async function targetOf(
  chat: Chat,
  word: string,
): Promise<{ readonly target: string; readonly label: string }> {
  if (word.startsWith('#')) {
    const channel = anyChannel(word)
    return { target: `#${channel}`, label: channelTitle(channel) }
  }
  const unmet = chat.hushed().find((each) => chat.known(each.target) === undefined && isMeant(each, word))
  if (unmet !== undefined) return { target: unmet.target, label: sanitizeLine(unmetLabel(unmet)) }
  const peer = await peerNamed(chat, nameIn(word))
  return { target: peerId(peer), label: name(peer) }
}

/** Whether a word means a person that was taken over from a list and never met. */
function isMeant(hushed: Hushed, word: string): boolean {
  return hushed.target === word || fold(unmetLabel(hushed)) === fold(nameIn(word))
}

function lineOf(chat: Chat, hushed: Hushed): string {
  const { target, kind, since, takenFrom } = hushed
  const peer = target.startsWith('#') ? undefined : chat.known(target)
  const who = peer === undefined ? unmetWords(hushed) : name(peer)
  const teller = takenFrom === undefined ? undefined : chat.known(takenFrom)
  const from =
    takenFrom === undefined ? '' : `, from the list of ${teller === undefined ? takenFrom : name(teller)}`
  return `${who} ${PARTICIPLES[kind]} since ${dayOf(since)}${untilOf(hushed)}${from}${droppedOf(hushed)}`
}

function unmetWords(hushed: Hushed): string {
  const { target } = hushed
  return sanitizeLine(target.startsWith('#') ? channelTitle(target.slice(1)) : unmetLabel(hushed))
}

function untilOf({ until }: Pick<Hushed, 'until'> = { until: undefined }): string {
  return until === undefined ? '' : ` until ${dayOf(until)} ${clockTime(until)}`
}

function droppedOf({ kind, dropped }: Hushed): string {
  if (kind === 'mute') return ''
  if (kind === 'block') return `, ${dropped} ${dropped === 1 ? 'attempt' : 'attempts'} not answered`
  return `, ${dropped} ${dropped === 1 ? 'message' : 'messages'} dropped`
}
