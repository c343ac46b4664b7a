/**
 * The messages of LSNP (Local Social Networking Protocol) as one table: the name of each field here and on the wire, its
 * possible values, whether it is required, and what other programs write instead. Types, decoding and encoding come from
 * this table; fields are sent in its order.
 *
 * A field is required only if the message makes no sense without it, because programs leave out times, ids and tokens.
 */
import { ownText, type Fields } from './fields.ts'
import {
  base64,
  channels,
  characters,
  flag,
  id,
  inBase64,
  jsonUserIds,
  keyId,
  lenient,
  oneOf,
  ownId,
  pattern,
  Problem,
  seconds,
  someUserIds,
  text,
  token,
  userId,
  userIdParts,
  userIds,
  whole,
  winningLine,
  yesNo,
} from './values.ts'
import { LSNP_LIMITS } from './limits.ts'
import { avatar, optional, parley, required, written, type MessageOf } from './schema.ts'
import { parseToken } from './token.ts'

const user = required('USER_ID', userId)
const to = required('TO', userId)
const from = required('FROM', userId)
const fromFollower = required('FROM', userId, { aliases: ['USER_ID'] })
const toFollowed = required('TO', userId, { aliases: ['TARGET_USER_ID'] })
/** For files, whose senders may be known by their address only. */
const fromAnybody = optional('FROM', userId)
const toAnybody = optional('TO', userId)

const timestamp = optional('TIMESTAMP', seconds)
const messageId = optional('MESSAGE_ID', ownId)
const foreignMessageId = optional('MESSAGE_ID', id)
const ourToken = optional('TOKEN', token)

const fileIdKeys = { aliases: ['FILE_ID', 'TRANSFER_ID', 'FILENAME'] }
const ownFileId = required('FILEID', ownId, fileIdKeys)
const fileId = required('FILEID', id, fileIdKeys)

const groupNameText = text(LSNP_LIMITS.groupNameBytes)
const groupId = required('GROUP_ID', id, { aliases: ['GROUP_NAME'] })
const gameId = required('GAMEID', id)
const symbol = oneOf('X', 'O')

const content = text(LSNP_LIMITS.contentBytes)
const status = text(LSNP_LIMITS.statusBytes)

/** The port where a peer takes datagrams. Legacy clients have this key, too. */
const port = optional('PORT', lenient(whole(1, 65_535)))

/** What only Parley peers read. */
const parleyFields = {
  /** `parley/0.1` */
  app: parley('APP', text(LSNP_LIMITS.appBytes)),
  /** Random, new at every start. */
  node: parley('NODE', pattern(/^[0-9a-f]{16}$/)),
  /** A hint: only a secure connection proves it (src/secure). */
  key: parley('KEY', keyId),
  /** The port for messages over HTTP. */
  httpPort: parley('HTTP_PORT', lenient(whole(1, 65_535))),
  channels: parley('CHANNELS', channels),
  /** SHA-256 of the picture. */
  avatarHash: parley('AVATAR_HASH', pattern(/^[0-9a-f]{64}$/)),
  /** The goodbye. */
  leaving: parley('LEAVING', flag('yes', true)),
  /** False: an announcement that wants no answer. */
  reply: parley('REPLY', flag('no', false)),
  /** A number that the recipient has to repeat, which proves that it is at the address that the number was sent to. */
  nonce: parley('NONCE', pattern(/^[0-9a-f]{16}$/)),
  /** The repeated NONCE. */
  echo: parley('ECHO', pattern(/^[0-9a-f]{16}$/)),
}

const acceptance = {
  from: fromAnybody,
  to: toAnybody,
  fileId,
  timestamp,
  messageId: foreignMessageId,
  token: ourToken,
  /** The keys of a later version of the legacy client. */
  transferId: written('transfer_id', id),
  receiverName: written('receiver_name', userId),
  /** For FILE_IGNORED. */
  reason: written('REASON', status),
}

const followResponse = {
  from,
  to,
  accepted: required('STATUS', yesNo),
  timestamp,
  messageId: foreignMessageId,
}

export const MESSAGES = {
  PROFILE: {
    userId: user,
    displayName: required('DISPLAY_NAME', text(LSNP_LIMITS.displayNameBytes), {
      instead: (fields) => userIdParts(fields.get('USER_ID') ?? '').name,
    }),
    status: required('STATUS', status, { mayBeEmpty: true }),
    avatar: avatar(),
    timestamp,
    messageId,
    port,
    ...parleyFields,
  },
  PING: { userId: user, timestamp, port, messageId, ...parleyFields },
  POST: {
    userId: user,
    content: required('CONTENT', content),
    ttl: optional('TTL', seconds),
    timestamp: optional('TIMESTAMP', seconds, { instead: timeFromToken }),
    messageId,
    token: ourToken,
    /** In a broadcast: Parley peers get the message over HTTP. */
    node: parleyFields.node,
  },
  DM: { from, to, content: required('CONTENT', content), timestamp, messageId, token: ourToken },
  ACK: {
    messageId: required('MESSAGE_ID', id),
    status: required('STATUS', status, { instead: () => 'RECEIVED' }),
  },
  FOLLOW: { messageId, from: fromFollower, to: toFollowed, timestamp, token: ourToken },
  UNFOLLOW: { messageId, from: fromFollower, to: toFollowed, timestamp, token: ourToken },
  FOLLOW_RESPONSE: followResponse,
  UNFOLLOW_RESPONSE: followResponse,
  /** Also read from type UNLIKE. */
  LIKE: {
    from,
    to,
    postTimestamp: required('POST_TIMESTAMP', seconds),
    action: required('ACTION', oneOf('LIKE', 'UNLIKE'), {
      instead: (fields) => (fields.get('TYPE') === 'UNLIKE' ? 'UNLIKE' : 'LIKE'),
    }),
    timestamp,
    messageId,
    token: ourToken,
  },
  FILE_OFFER: {
    from: fromAnybody,
    to: toAnybody,
    /** As it was sent, which may be a path. */
    fileName: required('FILENAME', text(LSNP_LIMITS.fileNameBytes)),
    /** Bytes. */
    fileSize: required('FILESIZE', whole(0, Number.MAX_SAFE_INTEGER), { aliases: ['FILE_SIZE'] }),
    fileType: optional('FILETYPE', characters(LSNP_LIMITS.mimeCharacters), { aliases: ['FILE_TYPE'] }),
    fileId: ownFileId,
    description: required('DESCRIPTION', text(LSNP_LIMITS.descriptionBytes), { mayBeEmpty: true }),
    timestamp,
    token: ourToken,
    totalChunks: optional('CHUNKS', whole(0, LSNP_LIMITS.chunks)),
  },
  FILE_CHUNK: {
    from: fromAnybody,
    to: toAnybody,
    fileId: ownFileId,
    /** Counted from 0. */
    chunkIndex: required('CHUNK_INDEX', whole(0, LSNP_LIMITS.chunks - 1), {
      aliases: ['CHUNK_NUM', 'CHUNK_NUMBER'],
    }),
    totalChunks: optional('TOTAL_CHUNKS', whole(1, LSNP_LIMITS.chunks), { aliases: ['CHUNK_TOTAL'] }),
    /** Bytes before base64; one program writes the characters after it. */
    chunkSize: optional('CHUNK_SIZE', whole(0, LSNP_LIMITS.datagramBytes)),
    token: ourToken,
    /** Base64. */
    data: required('DATA', base64(LSNP_LIMITS.chunkCharacters), { aliases: ['CHUNK_DATA'] }),
  },
  FILE_RECEIVED: {
    from: fromAnybody,
    to: toAnybody,
    fileId,
    status: required('STATUS', status, { instead: () => 'COMPLETE' }),
    timestamp,
  },
  FILE_ACCEPT: acceptance,
  FILE_ACCEPTED: acceptance,
  FILE_REJECT: acceptance,
  FILE_IGNORED: acceptance,
  /** Without a token: the user leaves. */
  REVOKE: { token: ourToken, userId: optional('USER_ID', userId), timestamp, messageId },
  GROUP_CREATE: {
    from,
    groupId,
    groupName: required('GROUP_NAME', groupNameText, { aliases: ['GROUP_ID'] }),
    /** As they were sent: the sender is a member even if it is not named. */
    members: required('MEMBERS', userIds, { mayBeEmpty: true }),
    timestamp,
    messageId,
    token: ourToken,
  },
  /** From a program that knows groups by name. Its FROM has the address of the recipient. */
  GROUP_CREATE_ACK: {
    groupName: required('GROUP_NAME', groupNameText, { aliases: ['GROUP_ID'] }),
    from: optional('FROM', lenient(userId)),
    to: optional('TO', lenient(userId)),
  },
  /** Also read from types GROUP_ADD and GROUP_REMOVE. */
  GROUP_UPDATE: {
    from,
    groupId,
    groupName: written('GROUP_NAME', groupNameText),
    add: optional('ADD', someUserIds, {
      aliases: ['GROUP_ADD'],
      instead: membersIfAction('ADD'),
      mayBeEmpty: true,
    }),
    remove: optional('REMOVE', someUserIds, {
      aliases: ['GROUP_REMOVE'],
      instead: membersIfAction('REMOVE'),
      mayBeEmpty: true,
    }),
    /** For programs that read one action a message, with the members that it adds or removes. */
    action: written('ACTION', oneOf('ADD', 'REMOVE')),
    members: written('MEMBERS', userIds),
    timestamp,
    messageId,
    token: ourToken,
  },
  GROUP_MESSAGE: {
    from,
    groupId,
    groupName: written('GROUP_NAME', groupNameText),
    content: required('CONTENT', content, { instead: contentFromBase64 }),
    /** CONTENT again, for programs that read it in base64 only, and MESSAGE_ID under the key of those programs. */
    message: written('MESSAGE', inBase64(content)),
    timestamp,
    messageId: optional('MESSAGE_ID', ownId, { aliases: ['ID'] }),
    otherId: written('ID', ownId),
    token: ourToken,
  },
  TICTACTOE_INVITE: {
    from,
    to,
    gameId,
    messageId,
    /** The symbol of the sender. */
    symbol: required('SYMBOL', symbol),
    timestamp,
    token: ourToken,
  },
  TICTACTOE_MOVE: {
    from,
    to,
    gameId,
    messageId,
    /** Row by row, 0 to 8. */
    position: required('POSITION', whole(0, 8)),
    symbol: required('SYMBOL', symbol),
    /** Counted from 1, in one program from 0; another writes the symbol here. */
    turn: optional('TURN', lenient(whole(0, 255))),
    timestamp,
    token: ourToken,
  },
  TICTACTOE_RESULT: {
    from,
    to,
    gameId,
    messageId,
    /** From the view of the sender; in one program from that of the recipient. */
    result: required('RESULT', oneOf('WIN', 'LOSS', 'DRAW', 'FORFEIT'), {
      instead: (fields) => (fields.get('SYMBOL') === 'DRAW' ? 'DRAW' : undefined),
    }),
    symbol: optional('SYMBOL', lenient(symbol)),
    winningLine: optional('WINNING_LINE', winningLine),
    turn: optional('TURN', lenient(whole(0, 255))),
    timestamp,
    token: ourToken,
  },
  PEER_DISCOVERY: { userId: user, port, timestamp, messageId },
  PEER_LIST_REQUEST: { from, timestamp, messageId },
  PEER_LIST_RESPONSE: {
    from,
    peers: required('PEERS', jsonUserIds),
    count: optional('COUNT', lenient(whole(0, LSNP_LIMITS.people))),
    timestamp,
    messageId,
  },
}

/** Every message by its type on the wire. */
export type LsnpMessages = { [Type in keyof typeof MESSAGES]: MessageOf<Type, (typeof MESSAGES)[Type]> }

export type LsnpType = keyof LsnpMessages

export type LsnpMessage = LsnpMessages[LsnpType]

/** The user id that a message says it is from. */
export function senderOf(message: LsnpMessage): string | undefined {
  return 'userId' in message ? message.userId : 'from' in message ? message.from : undefined
}

// --- what other programs write instead --------------------------------------------------------------

/** The time of a post without TIMESTAMP: its token expires `TTL` seconds after that. */
function timeFromToken(fields: Fields): number | undefined {
  const expiry = parseToken(fields.get('TOKEN') ?? '')?.expiry
  const ttl = seconds.read(fields.get('TTL') ?? '')
  if (expiry === undefined || typeof ttl !== 'number' || expiry < ttl) return undefined
  return expiry - ttl > LSNP_LIMITS.lastMoment ? undefined : expiry - ttl
}

/** The list in `MEMBERS`, for programs that write `ACTION: ADD` instead of `ADD`. */
function membersIfAction(action: 'ADD' | 'REMOVE') {
  return (fields: Fields) => {
    const members = fields.get('MEMBERS')
    const isMeant = fields.get('ACTION')?.toUpperCase() === action
    return members === undefined || members === '' || !isMeant ? undefined : someUserIds.read(members)
  }
}

/** The text in `MESSAGE`, in base64; unchanged if it is no base64 of a text. */
function contentFromBase64(fields: Fields): string | Problem | undefined {
  const message = fields.get('MESSAGE')
  if (message === undefined || message === '') return undefined
  const bytes = Buffer.from(message, 'base64')
  const decoded = bytes.toString()
  const isText = bytes.toString('base64') === message && !decoded.includes('\ufffd')
  return content.read(isText ? ownText(decoded.trim(), decoded) : message)
}
