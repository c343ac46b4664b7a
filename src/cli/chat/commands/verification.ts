/** Commands about who a person really is: comparing keys, and the people who were met. */
import { labelOf, peerId, type Peer } from '../../../chat/model.ts'
import { namesBefore } from '../../../chat/renames.ts'
import { shortId } from '../../../identity/short-id.ts'
import type { Contact, ListedContact } from '../../../peer/contacts/contact-book.ts'
import { dayOf } from '../../terminal/days.ts'
import { qrCode } from '../../terminal/qr-code.ts'
import { name } from '../../terminal/render.ts'
import { needed, type Chat, type Command, type Session } from './command.ts'
import { peerNamed } from './recipients.ts'
import { asWord, nameIn } from './words.ts'

const GROUPS_IN_LINE = 6

export const VERIFICATION_COMMANDS: readonly Command[] = [
  {
    names: ['contacts'],
    asks: true,
    usage: '/contacts',
    help: 'the people with keys that you met, verified or not',
    topic: 'more',
    most: 0,
    run: ({ chat, print }) => {
      const contacts = chat.contacts()
      const keys = contacts.flatMap(({ peer }) => peer.key ?? [])
      const lines = contacts.map((contact) => contactLine(contact, keys))
      print([`-- people with keys that you met: ${contacts.length}`, ...lines].join('\n'))
    },
  },
  {
    names: ['verify'],
    asks: true,
    usage: '/verify nick [yes]',
    help: 'compare keys with a person; "yes" when all digits agree',
    topic: 'more',
    people: 'all',
    run: async (session, rest) => {
      const { word, isSure } = readVerify(needed(rest, '/verify nick [yes]'))
      const peer = await peerNamed(session.chat, nameIn(word))
      if (isSure) verify(session, peer)
      else await showNumber(session, peer)
    },
  },
  {
    names: ['accept'],
    usage: '/accept nick',
    help: 'call a contact by the name of another that it has taken',
    topic: 'more',
    people: 'all',
    run: async ({ chat, print }, rest) => {
      const peer = await peerNamed(chat, nameIn(needed(rest, '/accept nick')))
      const isNew = chat.acceptName(peer)
      const now = name(chat.known(peerId(peer)) ?? peer)
      print(
        isNew ? `-- ${name(peer)} is ${now} here now` : `-- ${name(peer)} is called by its own name already`,
      )
    },
  },
  {
    names: ['unverify'],
    usage: '/unverify nick',
    help: 'take that back',
    topic: 'more',
    people: 'all',
    run: async ({ chat, print }, rest) => {
      const peer = await peerNamed(chat, nameIn(needed(rest, '/unverify nick')))
      const wasVerified = chat.unverify(peer)
      print(`-- ${name(peer)} ${wasVerified ? 'is no longer verified' : 'was not verified'}`)
    },
  },
]

/** `bob yes`: the numbers agree. A person may be called yes. */
function readVerify(rest: string): { readonly word: string; readonly isSure: boolean } {
  const [, word = rest] = /^([^]*\S)\s+yes$/i.exec(rest) ?? []
  return { word, isSure: word !== rest }
}

function verify({ chat, print }: Session, peer: Peer): void {
  chat.verify(peer)
  const until = 'as long as its key and its name stay the same'
  print(`-- ${name(peer)} is verified, ${until}; ${asCommand('unverify', peer)} takes that back`)
}

async function showNumber({ chat, print, style }: Session, peer: Peer): Promise<void> {
  const groups = await chat.safetyNumber(peer)
  const who = name(peer)
  const lines = [groups.slice(0, GROUPS_IN_LINE), groups.slice(GROUPS_IN_LINE)]
  print(
    [
      `-- your number with ${who}: ${who} sees the same with /verify, or another program is between you`,
      ...lines.map((line) => `     ${line.join(' ')}`),
      qrCode(groups.join(''), style),
      `-- compare it aloud or by the code. If all digits agree: ${asCommand('verify', peer)} yes`,
    ].join('\n'),
  )
}

/** `/verify "Bob B"`. */
function asCommand(command: string, peer: Peer): string {
  return `/${command} ${asWord(name(peer))}`
}

/** `    bob  k3f9-2mx7  verified  here`. */
function contactLine(
  { peer, mark, isHere, lastMet, waiting }: ListedContact,
  keys: readonly NonNullable<Peer['key']>[],
): string {
  const short = peer.key === undefined ? '' : shortId(peer.key, keys)
  const seen = isHere ? 'here' : lastMet === undefined ? 'away' : `last seen ${dayOf(lastMet)}`
  const waits =
    waiting === 0 ? [] : [`${waiting} ${waiting === 1 ? 'message waits' : 'messages wait'} for it`]
  const verified = mark === 'verified' ? ['verified'] : []
  return `    ${[name(peer), short, ...verified, seen, ...waits].join('  ')}`
}

/** `bob`, or `bob [verified]`. */
export function markedName(chat: Pick<Chat, 'markOf'>, peer: Peer): string {
  return chat.markOf(peer) === 'verified' ? `${name(peer)} [verified]` : name(peer)
}

/** What `/whois` says of a key beside the key itself: whether it was compared, and the names before. */
export function historyOf(contact: Contact): string[] {
  const { mark, verifiedAt, formerNames, peer } = contact
  const compared =
    verifiedAt === undefined
      ? []
      : [
          `-- verified since ${dayOf(verifiedAt)}${mark === 'verified' ? '' : ', but not proved since you started'}`,
        ]
  const before = namesBefore({ name: labelOf(peer), formerNames }).map(
    (former) => `${quoted(former.name)} until ${dayOf(former.until)}`,
  )
  const called = before.length === 0 ? [] : [`-- ${quoted(labelOf(peer))} was called ${before.join(', ')}`]
  return [...compared, ...called]
}

function quoted(text: string): string {
  return name({ name: text })
}
