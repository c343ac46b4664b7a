/**
 * Every limit of the chat, in one table. Anything over a limit is refused with the status named, or dropped and counted.
 * Each limit is tested at its value and one over.
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

  /** Peers on one tracker: 429. */
  peers: 10_000,
  /** Peers of one host: 429. */
  peersPerHost: 64,
  /** Peers of one loopback address, for demos and tests: 429. */
  peersPerLoopback: 1_024,
  /** Channels on one tracker: 429. */
  channels: 1_000,
  /** Channels of one peer: 429. */
  channelsPerPeer: 32,
  /** Peers of one channel: 429. */
  membersPerChannel: 1_000,
  /** Peers in one answer to a Parley peer; the others follow by cursor. */
  peersPerAnswer: 200,
  /** Bytes of an answer, with its head, to a legacy client that reads it with one recv(8192). */
  smallAnswer: 8 * 1024,
  /** Messages of one channel that a tracker keeps for clients that poll. */
  storedPerChannel: 1_000,
  /** Bytes of all messages that a tracker keeps, roughly; then the oldest are dropped. */
  storedBytes: 32 * 1024 * 1024,

  /** People of a closed channel: 409. */
  closedPeople: 64,
  /** People who were removed and are still named in an epoch; then the first removed is forgotten. */
  closedFormer: 64,
  /** Closed channels of one peer: 429. */
  closedChannels: 32,
  /** Invitations that the user has not answered; further ones are refused: 429. */
  closedInvitations: 16,
  /** Invitations that are remembered when they were declined or taken back; then the oldest is forgotten. */
  closedOver: 64,
  /** Links of one closed channel that nobody has used: 409. */
  closedLinks: 16,
  /** Requests of one host about closed channels, and of this machine itself: 429. */
  closedRequests: { perSecond: 5, burst: 100 },
  ownClosedRequests: { perSecond: 50, burst: 1_000 },

  /** People and channels that are muted, ignored or blocked: 409. */
  hushed: 1_000,
  /** People on an ignore list that is shared: the latest; a longer list of others is text. */
  sharedIgnored: 32,
  /** Messages of one person within TIMES.flood that are a flood: a notice says how to ignore the person. */
  flood: 10,

  /** Bytes of a peer's picture. */
  avatarBytes: 20 * 1024,
  /** UTF-8 bytes of a status line: 422. */
  statusBytes: 160,
  /** Peers that relay one message, one after the other. */
  hops: 2,

  /** Messages kept in memory by a peer without a history on disk; then the oldest are dropped. */
  ephemeral: 20_000,
  /** Bytes of a history on disk, with its index; then the oldest messages are deleted. */
  historyBytes: 2 * 1024 ** 3,
  /** Messages kept in memory while nothing can be written to disk; then the oldest are dropped. */
  unsaved: 1_000,
  /** Messages that wait for one recipient; one more fails immediately. */
  outbox: 1_000,
  /** Bytes of text that wait for one recipient. */
  outboxBytes: 1024 * 1024,
  /** Messages of one host, and of this machine itself, as a token bucket: 429. */
  messages: { perSecond: 200, burst: 1_000 },
  ownMessages: { perSecond: 20_000, burst: 20_000 },
  /** History requests of one host: 429. */
  historyRequests: { perSecond: 2, burst: 20 },
  /** Requests of one host to check whether it can be reached: 429. */
  checks: { perSecond: 0.5, burst: 2 },
  /** Greetings of one host, and of this machine itself: 429. */
  greetings: { perSecond: 1, burst: 10 },
  ownGreetings: { perSecond: 10, burst: 60 },
  /** Refused requests of one host, and of this machine itself; over it, requests are 429 before they are read. */
  refusals: { perSecond: 20, burst: 100 },
  ownRefusals: { perSecond: 200, burst: 1_000 },
  /** Peers of one host that are known only by their own greetings and messages; one more is not listed. */
  greetingsPerHost: 8,
  /** The same for one loopback address. */
  greetingsPerLoopback: 64,
  /** Messages in one request: 413. */
  batch: 64,
  /** Characters of the messages in one request, of at most three bytes each: the limit for a body is 64 KiB. */
  batchCharacters: 20 * 1024,
  /**
   * Signatures in one request: 413. As many wait for one recipient, then the oldest are forgotten: their messages are told
   * by their author only.
   */
  signatures: 256,
  /** Requests to one recipient that are not answered yet. */
  inFlight: 2,
  /** Messages in the inbox for programs that poll; then the oldest are dropped. */
  inbox: 1_000,
  /** Messages in one history answer, and bytes of their text. */
  caughtUp: 1_000,
  caughtUpBytes: 512 * 1024,
  /** Members of a channel that a peer asks for what it missed. */
  askedForHistory: 8,
} as const

/** Times in milliseconds. */
export const TIMES = {
  /** The interval of a peer's heartbeats, and how long its lease on the tracker lasts without one. */
  heartbeat: 10_000,
  lease: 30_000,
  sweep: 1_000,
  /** A sweep that runs this late means that the machine slept, not that the peers left. */
  asleep: 5_000,
  /** A peer whose feed broke is removed unless it shows a sign of life within this time. */
  suspicion: 5_000,
  /** Poll interval for the members of a channel where a tracker has no push feed. */
  poll: 2_000,
  /** Interval of greetings to peers given by hand. */
  greeting: 10_000,
  /** Shortest interval between two greetings to a peer that a third party named. */
  introduction: 20_000,
  /** A peer that joins a channel this soon after a message gets that message, too. */
  newcomer: 1_000,
  /** How long delivery of a message is retried. */
  giveUp: 24 * 3_600_000,
  /** The same for a relayed message. */
  passOn: 60_000,
  /** How long a message waits for a recipient that is online but not in its channel. */
  rejoin: 300_000,
  /** How far back a peer that was away, or is new, gets what it missed. */
  caughtUp: 24 * 3_600_000,
  /** Shortest interval between two history requests in return to a host that asked, in each channel. */
  askedBack: 20_000,
  /** How long LIMITS.flood messages take at most that are a flood, and how long a flood has one notice. */
  flood: 5_000,
  floodNotice: 60_000,
  /** How often a member of a closed channel that does not answer is asked at most, and how long a link holds. */
  closedAway: 60_000,
  closedLink: 7 * 24 * 3_600_000,
  /** Interval of attempts to write to a disk that takes nothing. */
  rewrite: 5_000,
  /** How long messages are kept. */
  retention: 365 * 24 * 3_600_000,
  /** Longest break between two runs that the clock is trusted for; a longer one counts as a day. */
  longestBreak: 31 * 24 * 3_600_000,
  /** Greatest `age` of a message that is accepted; a greater one counts as this. */
  longestWait: 30 * 24 * 3_600_000,
  /** A `seq` (in microseconds) that is further ahead of the clock is ignored. */
  seqAhead: 24 * 3_600_000,
  /** How far a message is moved back at most to stand before a later one of its sender; beyond that, its time counts. */
  movedBack: 60_000,
} as const
