/** The LAN for commands that need it, and peers that speak LSNP. */
import { ChatError } from '../../../chat/errors.ts'
import { name } from '../../terminal/render.ts'
import type { Peer } from '../../../chat/model.ts'
import type { Chat, Lan } from './command.ts'

/** Throws ChatError without a LAN: nobody would see what the command does. */
export function requireLan({ lan }: Chat): Lan {
  return lan
}

/** The user id of a peer that takes datagrams only. Throws ChatError for others, which would not understand. */
export function lsnpIdOf(peer: Peer, what: string): string {
  if (peer.lsnp !== undefined) return peer.lsnp
  const detail = `${name(peer)} speaks HTTP with you; ${what} is for LSNP programs`
  throw new ChatError(409, 'not_lsnp', detail)
}
