/** Values of LSNP in the language of the chat: peers, channels, texts, ids, delivery results. */
import { createHash } from 'node:crypto'
import { isDeed, plainLine } from '../../chat/content.ts'
import {
  DIRECT,
  GENERAL,
  addressKey,
  type ChatMessage,
  type Peer,
  type Picture,
  type Transit,
  peerId,
} from '../../chat/model.ts'
import { ChatError } from '../../chat/errors.ts'
import { channelName, peerName } from '../../chat/wire/fields.ts'
import { userIdParts } from '../../udp/lsnp/codec.ts'
import type { Avatar } from '../../udp/lsnp/codec.ts'
import type { Group, LanEvent, LanPeer } from '../../udp/node/model.ts'
import type { DeliveryResult } from '../messages/delivery/delivery-result.ts'
import type { Sighting } from './source.ts'

/** A peer that announces itself on the LAN, with what it shows of itself. */
export interface PeerSighting extends Sighting {
  readonly status: string
  /** Of the picture that it serves over HTTP. */
  readonly avatarHash: string | undefined
  /** The picture itself, of a peer that sends it by datagram: base64. */
  readonly avatar: string | undefined
  /** It is new, or shows something else of itself. */
  readonly isNews: boolean
}

/** `groups`: by the channels that they are shown as. */
export function toSighting(
  found: LanPeer,
  groups: ReadonlyMap<string, Group>,
  isNews: boolean,
): PeerSighting {
  const peer = toPeer(found)
  const { userId, node, httpPort, addresses, channels, until, status, avatarHash, avatar } = found
  const others = httpPort === undefined ? [] : addresses.map((ip) => addressKey({ ip, port: httpPort }))
  const shared = [...groups].filter(([, { members }]) => members.includes(userId))
  return {
    peer,
    ids: [addressKey(peer), ...others.filter((id) => id !== addressKey(peer))],
    channels: httpPort === undefined ? [GENERAL] : channels,
    // Programs that announce themselves as JSON do not say in which channels they are.
    isComplete: node !== undefined || httpPort === undefined,
    groups: shared.map(([channel]) => channel),
    until,
    shown: httpPort === undefined ? undefined : { status, avatarHash },
    status,
    avatarHash,
    isNews,
    avatar: avatar?.data,
  }
}

/**
 * Whether a peer is shown. A peer that talks HTTP must have proved its address: by the number that Parley peers repeat,
 * or by a connection. A program that takes datagrams only cannot prove it before it is talked to.
 */
export function isListed({ httpPort, node, isProved }: LanPeer): boolean {
  return isProved || (httpPort === undefined && node === undefined)
}

/** A picture as LSNP sends it. */
export function toAvatar(
  avatar: Picture | undefined,
): 'none' | { readonly hash: string; readonly picture: Avatar } {
  if (avatar === undefined) return 'none'
  const { hash, type, data } = avatar
  return { hash, picture: { type, encoding: 'base64', data } }
}

/** A peer as it announces itself. Its key is a hint: only a connection that proves it shows who is there. */
export function toPeer(found: LanPeer): Peer {
  const sender = toSender(found)
  return found.key === undefined || sender.lsnp !== undefined ? sender : { ...sender, key: found.key }
}

/** The sender of a datagram, which proves no key. A program that takes datagrams only goes by its user id. */
export function toSender({ userId, ip, port, name, httpPort }: LanPeer): Peer {
  const label = nameFor(name, userId)
  return httpPort === undefined
    ? { ip, port, name: label, lsnp: userId }
    : { ip, port: httpPort, name: label }
}

/** A name that breaks the rules for names is replaced by the one in the user id. */
function nameFor(name: string, userId: string): string {
  return accepted(peerName, name) ?? accepted(peerName, userIdParts(userId).name) ?? 'somebody'
}

/**
 * The channel that a group is shown as: its name if that can be a channel and is free, else its name with its id, else
 * a number. Never a channel that peers are in: what is said there would go to the group instead.
 */
export function channelFor({ id, name }: Group, isTaken: (channel: string) => boolean): string {
  const channels = [name, `${name}-${id}`].map((text) => accepted(channelName, inOneWord(text)))
  const isFree = (channel: string): boolean => ![GENERAL, DIRECT].includes(channel) && !isTaken(channel)
  return channels.find((channel) => channel !== undefined && isFree(channel)) ?? `group-${fingerprint(id)}`
}

function inOneWord(text: string): string {
  return text
    .trim()
    .replace(/[^\p{L}\p{N}\p{M}_.-]+/gu, '-')
    .replace(/^-+|-+$/g, '')
}

/** The text as `read` reads it; undefined if that refuses it. */
function accepted(read: (text: string) => string, text: string): string | undefined {
  try {
    return read(text)
  } catch (error) {
    if (error instanceof ChatError) return undefined
    throw error
  }
}

/** The id of a message in LSNP: 16 lower-case hexadecimal digits. Other programs make up ids of another form. */
export function lsnpId({ id, from }: ChatMessage): string {
  return /^[0-9a-f]{16}$/.test(id) ? id : fingerprint(`${peerId(from)} ${id}`)
}

/** Datagrams have no actions, and a relayed message has to name its author. */
export function lsnpText({ from, content }: ChatMessage, hops: Transit['hops']): string {
  const text = plainLine(content, from.name)
  return (hops ?? 0) > 0 && !isDeed(content) ? `${from.name}: ${text}` : text
}

export function outcomeOf({ ok, confirmed, reason }: Extract<LanEvent, { kind: 'sent' }>): DeliveryResult {
  if (!ok) return { ok: false, final: false, reason }
  return confirmed ? { ok: true } : { ok: true, unconfirmed: true }
}

function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
