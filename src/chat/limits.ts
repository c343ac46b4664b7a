/**
 * Every limit of the chat, in one table. What is one over is refused with the status named, or dropped and
 * counted; each is tested at the limit and one over.
 */
export const LIMITS = {
  /** Characters of a message: 422. */
  textCharacters: 4096,
  /** UTF-8 bytes of a message: 422. */
  textBytes: 8 * 1024,
  /** UTF-8 bytes of a name: 422. */
  nameBytes: 64,
  /** Graphemes of a name: 422. */
  nameGraphemes: 32,
  /** UTF-8 bytes of a channel name: 422. */
  channelBytes: 64,
  /** Characters of a message id: 422. */
  idCharacters: 128,

  /** Peers a tracker keeps: 429. */
  peers: 10_000,
  /** Peers of one host: 429. */
  peersPerHost: 64,
  /** Peers of one loopback address, for demonstrations: 429. */
  peersPerLoopback: 1_024,
  /** Channels a tracker keeps: 429. */
  channels: 1_000,
  /** Channels of one peer: 429. */
  channelsPerPeer: 32,
  /** Peers of one channel: 429. */
  membersPerChannel: 1_000,
  /** Peers in one answer to Parley's own peers; the rest by cursor. */
  peersPerAnswer: 200,
  /** Bytes of an answer to a program that reads with one recv(8192), head included. */
  smallAnswer: 8 * 1024,
  /** Messages that a tracker keeps of a channel, for programs that poll. */
  storedPerChannel: 1_000,
  /** Bytes of all that a tracker keeps, roughly; then the oldest go. */
  storedBytes: 32 * 1024 * 1024,

  /** Bytes of a picture of somebody. */
  avatarBytes: 20 * 1024,
  /** UTF-8 bytes of the line that somebody shows beside its name: 422. */
  statusBytes: 160,
  /** Peers that pass one message on, one after the other. */
  hops: 2,

  /** Messages kept of one who keeps no history on disk; then the oldest go. */
  ephemeral: 20_000,
  /** Bytes of a history on disk, with its index; then the oldest go. */
  historyBytes: 2 * 1024 ** 3,
  /** Messages kept in memory while nothing can be written to disk; then the oldest go. */
  unsaved: 1_000,
  /** Messages that wait for one recipient; one more fails at once. */
  outbox: 1_000,
  /** Bytes of text that wait for one recipient. */
  outboxBytes: 1024 * 1024,
  /** Messages of one host, and of this machine itself, as a token bucket: 429. */
  messages: { perSecond: 200, burst: 1_000 },
  ownMessages: { perSecond: 20_000, burst: 20_000 },
  /** Questions for what was said, of one host: 429. */
  historyRequests: { perSecond: 2, burst: 20 },
  /** Questions whether somebody can be reached, of one host: 429. */
  checks: { perSecond: 0.5, burst: 2 },
  /** HelloService of one host, and of this machine itself: 429. */
  greetings: { perSecond: 1, burst: 10 },
  ownGreetings: { perSecond: 10, burst: 60 },
  /** Refused requests of one host, and of this machine itself; then its requests are 429 before they are read. */
  refusals: { perSecond: 20, burst: 100 },
  ownRefusals: { perSecond: 200, burst: 1_000 },
  /** Peers of one host that only their own greetings and messages tell of; one more is not listed. */
  greetingsPerHost: 8,
  /** The same of one loopback address. */
  greetingsPerLoopback: 64,
  /** Messages in one request to somebody for whom several wait: 413. */
  batch: 64,
  /** Characters of these messages, each of at most three bytes: a body is of 64 KiB. */
  batchCharacters: 20 * 1024,
  /** Requests to one recipient that have no answer yet. */
  inFlight: 2,
  /** Messages for programs that poll an inbox; then the oldest go. */
  inbox: 1_000,
  /** Messages in one answer to somebody who was away, and their text in bytes. */
  caughtUp: 1_000,
  caughtUpBytes: 512 * 1024,
  /** Members that one asks in a channel for what it missed. */
  askedForHistory: 8,
} as const

/** Times in milliseconds. */
export const TIMES = {
  /** A peer's heartbeat, and how long the tracker believes it lives without one. */
  heartbeat: 10_000,
  lease: 30_000,
  sweep: 1_000,
  /** A sweep that comes this late means that the machine slept, not that everybody left. */
  asleep: 5_000,
  /** A peer whose feed broke must be heard of within this time. */
  suspicion: 5_000,
  /** Membership is asked for this often where a tracker has no push feed. */
  poll: 2_000,
  /** Peers given by hand are greeted this often. */
  greeting: 10_000,
  /** Somebody we were told of is asked who it is, at most this often. */
  introduction: 20_000,
  /** Who comes into a channel so soon after something was said there gets it, too. */
  newcomer: 1_000,
  /** How long an undelivered message is tried again. */
  giveUp: 24 * 3_600_000,
  /** The same for a message that is only passed on. */
  passOn: 60_000,
  /** A recipient that is there, and not in the channel of a message, has so long to come back into it. */
  rejoin: 300_000,
  /** How far back one who was away, or is new, is told what was said. */
  caughtUp: 24 * 3_600_000,
  /** A host that asks what was said is asked in return at most this often, in each channel. */
  askedBack: 20_000,
  /** What cannot be written to disk is tried again this often. */
  rewrite: 5_000,
  /** Messages are kept for so long. */
  retention: 365 * 24 * 3_600_000,
  /** A program that was not running for longer than this, by the clock: the clock is not believed, and a day is counted. */
  longestBreak: 31 * 24 * 3_600_000,
  /** A message that says that it has waited for longer counts as one that has waited for so long. */
  longestWait: 30 * 24 * 3_600_000,
  /** A `seq` that is further ahead of our clock, in microseconds, is none. */
  seqAhead: 24 * 3_600_000,
  /** A message is moved before a later one of its sender by at most so much; further apart the times count. */
  movedBack: 60_000,
} as const
