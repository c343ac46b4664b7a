/**
 * The JSON of a peer's local API: one schema for each shape, and its type inferred from it. The peer is typed by them
 * when it answers, and checks the bodies of requests by them; the page, `parley send`, `tail` and `peers` check the
 * answers by them. The endpoints are in src/peer/local-api/routes.ts, and docs/protocol.md shows a request of each.
 *
 * A member that is undefined is missing in the JSON. A reader drops members that its schema does not name, so a newer
 * peer may add some.
 */
import * as v from 'valibot'
import { LocalHushed } from './local-hush.ts'
import { conversation, maybeText, text, type Shape } from './shapes.ts'

const texts = v.array(v.string())

/** The name of a channel, or `@` and the PeerId of the other peer of a direct conversation. */
export type Conversation = string

/**
 * The kind of a failure. `unreachable`: no answer from that address, or none that can be read. `other_peer`: another
 * peer is at that address now. `refused`: the other program answered that it does not take the message. A kind that the
 * reader does not know reads as undefined, like a rare one that has no code.
 */
const Failure = v.picklist(['unreachable', 'other_peer', 'refused'])
export type FailureCode = v.InferOutput<typeof Failure>
const maybeCode = v.fallback(v.optional(Failure), undefined)

// --- people and places ------------------------------------------------------------------------------

export const LocalSelf = v.object({
  /** Its key: the same after each start, whatever its address and name are. */
  id: v.string(),
  /** The key as people read it out: `k3f9-2mx7`. */
  short: maybeText,
  /** `ip:port` where peers of other machines reach this one. */
  address: maybeText,
  name: v.string(),
  status: v.string(),
  /** SHA-256 in hexadecimal: `GET /api/pictures/HASH`. */
  picture: maybeText,
  /** Of the same data, for programs without keys. */
  identity: maybeText,
})
export type LocalSelf = Shape<typeof LocalSelf>

const LocalPerson = v.object({
  /** The key; `ip:port`, or the user id on the LAN, of a program without one. */
  id: v.string(),
  /** What the person is called here: others of that name are `bob·k3f9-2mx7`, and no two people with keys are called the same. */
  name: v.string(),
  /** Undefined for a program without a key: what is said to it can be read on the way. */
  key: maybeText,
  /** The key as people read it out: `k3f9-2mx7`. */
  short: maybeText,
  /** Where the person is reached, the address that is tried first first; where it was last if it is away. */
  addresses: texts,
  /** When the person was first met, and last: Unix time in milliseconds, like all times here. */
  since: v.optional(v.number()),
  lastMet: v.optional(v.number()),
  /** `signed`: a connection of this start proved the key; `verified`: and the user compared it. Nothing without a check. */
  mark: v.fallback(v.optional(v.picklist(['signed', 'verified'])), undefined),
  /** When the key was compared. */
  verifiedAt: v.optional(v.number()),
  /** What the person calls itself, where that is the name of another and the person is called otherwise here. */
  callsItself: maybeText,
  /**
   * The names before, the last one first; `shown`: what the person was called here then, where that was not the name;
   * `became` and `claimed`: what it was called from then on, and what it called itself.
   */
  formerNames: v.optional(
    v.array(
      v.object({
        ...{ name: v.string(), until: v.number(), shown: maybeText },
        ...{ became: maybeText, claimed: maybeText },
      }),
    ),
  ),
  status: v.string(),
  picture: maybeText,
  /** The channels that both this peer and the person are in; empty for a person who is away. */
  channels: texts,
  /** How this peer knows that the person is here: `tracker`, `lan`, `static` (given by hand), `direct` (it wrote or greeted), `told`, `closed` (a member of a closed channel). */
  sources: texts,
  isHere: v.boolean(),
  /** Takes datagrams only (LSNP). */
  isLsnp: v.boolean(),
})
export type LocalPerson = Shape<typeof LocalPerson>

export const LocalChannel = v.object({
  name: v.string(),
  /** A group of LSNP: its creator decides who is in it. */
  isGroup: v.boolean(),
  /** A closed channel, whose name begins with `!`: only its members see it. */
  isClosed: v.optional(v.boolean()),
  /** A closed channel that this peer created: it alone invites and removes. */
  isOwn: v.optional(v.boolean()),
})
export type LocalChannel = Shape<typeof LocalChannel>

/** `PUT /api/read`: its body, its answer, and the event that all readers get. */
export const LocalRead = v.object({
  conversation: v.string(),
  /** The greatest `receivedAt` that was seen, less its `clockShift`. */
  upTo: v.number(),
})
export type LocalRead = Shape<typeof LocalRead>

/** `GET /api/state` */
export const LocalState = v.object({
  version: v.string(),
  self: LocalSelf,
  /** The channels that this peer is in, in the order in which it joined them. */
  channels: v.array(LocalChannel),
  /** Closed channels that the user is invited to; `POST /api/channels` with the name accepts. */
  invitations: v.optional(v.array(v.object({ name: v.string(), from: v.string() })), []),
  /** The direct conversations, the latest first. */
  directs: texts,
  /** Who and what is muted, ignored or blocked. */
  hushed: v.optional(v.array(LocalHushed), []),
  /** Everybody who is here, and everybody of `directs`, and of `hushed`. */
  people: v.array(LocalPerson),
  tracker: v.object({
    state: v.picklist(['none', 'connecting', 'registered', 'lost']),
    detail: v.string(),
    /** The kind of the detail, while the tracker is lost. */
    code: maybeCode,
  }),
  /** What tells the closed network of this peer from others, such as `k3f9-2mx7`; undefined in an open one. */
  network: maybeText,
  /** Names of the networks on which the LAN is used; undefined when it is off. */
  lan: v.optional(texts),
  /** A sentence, as long as nothing can be written to disk. */
  problem: maybeText,
  /** Own messages that wait for a recipient, and those that failed for one. */
  outbox: v.object({ waiting: v.number(), failed: v.number() }),
  /** Up to where each conversation was read, as far as that is known. */
  read: v.array(LocalRead),
  /** The id of the last event: as Last-Event-ID it asks for everything since. */
  eventId: v.string(),
})
export type LocalState = Shape<typeof LocalState>

// --- messages ---------------------------------------------------------------------------------------

const LocalDelivery = v.object({
  recipients: v.number(),
  delivered: v.number(),
  unconfirmed: v.number(),
  /** Names, as people are called here. */
  waiting: texts,
  failed: v.array(
    v.object({
      name: v.string(),
      /** For a user who looks for the cause. */
      reason: v.string(),
      code: maybeCode,
    }),
  ),
})
export type LocalDelivery = Shape<typeof LocalDelivery>
export type LocalFailure = LocalDelivery['failed'][number]

const LocalAuthor = v.object({
  id: v.string(),
  /** What the person is called here. */
  name: v.string(),
  key: maybeText,
})
export type LocalAuthor = Shape<typeof LocalAuthor>

export const LocalMessage = v.object({
  /** Unique on this peer, also between senders. */
  key: v.string(),
  id: v.string(),
  conversation: v.string(),
  from: LocalAuthor,
  /** The recipient of an own direct message, as far as it is known. */
  to: v.optional(LocalAuthor),
  own: v.boolean(),
  text: v.string(),
  action: v.boolean(),
  /** When it was said, and when it arrived, by the clock of this machine as it was then: Unix time in milliseconds. */
  at: v.number(),
  receivedAt: v.number(),
  /**
   * How far that clock was ahead of the order of what is kept, in milliseconds; undefined when they agreed. Messages are
   * in the order of `at - clockShift`, and arrived in that of `receivedAt - clockShift`.
   */
  clockShift: v.optional(v.number()),
  late: v.boolean(),
  /** Why it asks for no attention: what holds now for its author, or that its `channel` is muted. */
  hushed: v.fallback(v.optional(v.picklist(['mute', 'ignore', 'block', 'channel'])), undefined),
  /** How many people are on the ignore list that it shares, which its author proved to have said. */
  ignoreList: v.optional(v.number()),
  /** It came from another peer than its sender. */
  relayed: v.optional(v.literal(true)),
  /** Only of own messages. */
  delivery: v.optional(LocalDelivery),
})
export type LocalMessage = Shape<typeof LocalMessage>

/** `GET /api/messages?conversation=&limit=` with `before=`, `after=`, `around=` or none of them, and `GET /api/search` */
export const LocalPage = v.object({
  /** Oldest first. */
  messages: v.array(LocalMessage),
  /** The cursor of the page before this one; undefined when there is none, and in a page that was asked for by `after`. */
  before: maybeText,
  /** The cursor of the page after this one, in a page that was asked for by `after` or `around`; undefined in the last. */
  after: maybeText,
})
export type LocalPage = Shape<typeof LocalPage>

// --- requests: the bodies ---------------------------------------------------------------------------

const textOrNull = v.pipe(
  v.nullish(text),
  v.transform((value) => value ?? undefined),
)
const TIME = 'must be Unix time in milliseconds'
/** A number, or its digits. https://tc39.es/ecma262/#sec-time-values-and-time-range */
export const UnixTime = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.regex(/^[0-9]+(\.[0-9]+)?$/, TIME), v.transform(Number))], TIME),
  v.minValue(0, TIME),
  v.maxValue(8.64e15, TIME),
)

/** `POST /api/messages`. Sent again with the same `id`, it is still one message. */
export const SayRequest = v.object({
  conversation,
  text,
  action: v.optional(v.boolean('must be true or false'), false),
  id: v.nullish(v.union([v.string(), v.pipe(v.number(), v.transform(String))], 'must be text')),
})
export type SayRequest = v.InferInput<typeof SayRequest>

/** `POST /api/posts` */
export const PostRequest = v.object({ text })

/** `PUT /api/read` */
export const ReadRequest = v.object({ conversation, upTo: UnixTime })

/** `POST /api/channels`: an open channel, the name of an invitation (`!ops`), or a `parley:` link. */
export const JoinRequest = v.object({ name: text })

/** `POST /api/closed-channels` */
export const CreateRequest = v.object({ name: text })

/** `POST /api/invitations`: of a person, or by a link for one person when none is named. */
export const InviteRequest = v.object({ channel: text, person: textOrNull })
export type InviteRequest = v.InferInput<typeof InviteRequest>

/** `POST /api/removals`: of a person, or of a link that nobody has used. */
export const RemoveRequest = v.object({ channel: text, person: textOrNull, link: textOrNull })
export type RemoveRequest = v.InferInput<typeof RemoveRequest>

/** `POST /api/same`: the person `was`, who had no key, is the person `is`. Each a label, a short id, a key or an address. */
const person = v.pipe(text, v.maxLength(128, 'must have at most 128 characters'))
export const SameRequest = v.object({ was: person, is: person })

/** `POST /api/profile`. What is not named, or is null, stays. */
export const ProfileRequest = v.object({
  name: textOrNull,
  status: textOrNull,
  /** Base64; an empty one removes the picture. */
  picture: textOrNull,
})
export type ProfileRequest = v.InferInput<typeof ProfileRequest>

/** `POST /api/accepted-names`: the user calls this person by the name that it has taken. */
export const AcceptRequest = v.object({ person: text })

/** `POST /api/verified`: the user compared the safety number with this person, or takes that back. */
export const VerifiedRequest = v.object({
  person: text,
  isVerified: v.boolean('must be true or false'),
})
export type VerifiedRequest = v.InferInput<typeof VerifiedRequest>

// --- answers and events -----------------------------------------------------------------------------

/** `POST /api/retry`: how many messages are tried again. */
export const Retried = v.object({ retried: v.number() })
export type Retried = Shape<typeof Retried>

/** `GET /api/safety-number?person=`: twelve groups of five digits, the same on the screen of the person. */
export const SafetyNumber = v.object({ groups: texts })
export type SafetyNumber = Shape<typeof SafetyNumber>

/** `POST /api/invitations`: the link, if it was asked for. */
export const Invited = v.object({ link: maybeText })
export type Invited = Shape<typeof Invited>

/** `GET /api/members?channel=`: who is in a closed channel, this peer among them. */
export const LocalMembers = v.object({
  channel: v.string(),
  /** This peer created it. */
  isOwn: v.boolean(),
  members: v.array(
    v.object({
      id: v.string(),
      name: v.string(),
      isHere: v.boolean(),
      /** The person was invited and has not come in yet, as far as this peer knows. */
      isInvited: v.boolean(),
      isCreator: v.boolean(),
      isYou: v.boolean(),
    }),
  ),
  /** Links that nobody has used, of an own channel. */
  links: texts,
})
export type LocalMembers = Shape<typeof LocalMembers>

/** `GET /api/contacts`: the people with keys that were met, those who are here first. */
export const LocalContacts = v.object({
  contacts: v.array(
    v.object({
      person: LocalPerson,
      /** Own messages that wait for the person. */
      waiting: v.number(),
    }),
  ),
})
export type LocalContacts = Shape<typeof LocalContacts>

/** `POST /api/same`: who the two are now. */
export const SamePerson = v.object({ conversation: v.string(), name: v.string() })
export type SamePerson = Shape<typeof SamePerson>

/** `POST /send-peer` */
export const SentMessage = v.object({
  status: v.literal('ok'),
  id: v.string(),
  conversation: v.string(),
  recipients: v.optional(v.number()),
  /** A sentence for the user: another person of the same name could be meant. */
  note: maybeText,
})
export type SentMessage = Shape<typeof SentMessage>

/** Every refusal: status 4xx or 5xx. */
export const LocalRefusal = v.object({ error: v.string(), field: maybeText, detail: v.string() })
export type LocalRefusal = Shape<typeof LocalRefusal>

/** `GET /api/events`: the `data:` of each `event:`. */
export const LocalEvent = {
  state: LocalState,
  message: LocalMessage,
  delivery: v.object({ key: v.string(), conversation: v.string(), delivery: LocalDelivery }),
  notice: v.object({
    text: v.string(),
    /** The person who sends a lot, and may be ignored. */
    flooding: v.optional(v.object({ id: v.string(), name: v.string() })),
  }),
  read: LocalRead,
}
export type LocalEvents = { readonly [Name in keyof typeof LocalEvent]: Shape<(typeof LocalEvent)[Name]> }
